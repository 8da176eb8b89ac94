import { temperatureAt } from './city-history.ts';
import { BLEND_SCORES, ISSUED, issueAt, PERSISTENCE_SCORES, REGRESSION_SCORES, SAME_HOUR_SCORES } from './city-row.ts';
import { climateAt } from './climate.ts';
import { BLEND_PRIOR_MAE, PERSISTENCE_PRIOR_MAE, REGRESSION_PRIOR_MAE, SAME_HOUR_PRIOR_MAE } from './error-priors.ts';
import { expectedMae, SCORE_SIZE } from './error-score.ts';
import { hasFeatures } from './features.ts';
import { type ForecastModel, MAX_LEAD_HOURS } from './forecast-point.ts';
import { atLead, KNOTS } from './lead-knots.ts';

/** A model that may be chosen for a lead. */
export interface Candidate {
  readonly model: ForecastModel;
  /** Where its scores begin in a row. */
  readonly scores: number;
  /** Mean absolute errors to start from, by knot. */
  readonly priorMae: readonly number[];
  /** Its forecast issued after an hour, in °C; NaN where it makes none. */
  readonly forecast: (row: Float32Array, hour: number, lead: number) => number;
}

/** In the order of preference among equals. */
const CANDIDATES: readonly Candidate[] = [
  {
    model: 'persistence',
    scores: PERSISTENCE_SCORES,
    priorMae: PERSISTENCE_PRIOR_MAE,
    forecast: (row, hour) => temperatureAt(row, hour),
  },
  {
    model: 'same-hour-yesterday',
    scores: SAME_HOUR_SCORES,
    priorMae: SAME_HOUR_PRIOR_MAE,
    forecast: (row, hour, lead) => temperatureAt(row, hour + lead - MAX_LEAD_HOURS),
  },
  { model: 'regression', scores: REGRESSION_SCORES, priorMae: REGRESSION_PRIOR_MAE, forecast: regressionAt },
  {
    model: 'blend',
    scores: BLEND_SCORES,
    priorMae: BLEND_PRIOR_MAE,
    forecast: (row, hour, lead) =>
      (regressionAt(row, hour, lead) + temperatureAt(row, hour + lead - MAX_LEAD_HOURS)) / 2,
  },
];

/** The regression's forecast issued after an hour, in °C; NaN where it made none. */
export function regressionAt(row: Float32Array, hour: number, lead: number): number {
  if (!hasFeatures(row, hour)) return Number.NaN;
  return climateAt(row, hour + lead) + atLead(lead, (knot) => row[issueAt(ISSUED, hour, KNOTS) + knot]!);
}

/** A simple model must promise to be better than the regression by this share: within it, differences are luck. */
const SIMPLE_HANDICAP = 1.03;

/** The candidate with the least error to expect among those that make a forecast: persistence always does. */
export function chooseCandidate(row: Float32Array, hour: number, lead: number): Candidate {
  let best = CANDIDATES[0]!;
  let least = Number.POSITIVE_INFINITY;
  for (const candidate of CANDIDATES) {
    const { scores, priorMae } = candidate;
    if (Number.isNaN(candidate.forecast(row, hour, lead))) continue;
    const handicap = candidate.model === 'regression' || candidate.model === 'blend' ? 1 : SIMPLE_HANDICAP;
    const mae = handicap * atLead(lead, (knot) => expectedMae(row, scores + knot * SCORE_SIZE, priorMae[knot]!));
    if (mae < least) {
      best = candidate;
      least = mae;
    }
  }
  return best;
}
