import {
  dewPointCelsius,
  type HeatIndexFormulaName,
  type HourObserver,
  heatIndexCelsius,
  relativeHumidityPercent,
} from '@isotherm/domain';
import { blankHistory, dewPointAt, enterHour, HISTORY_SIZE, issueHour, temperatureAt } from './city-history.ts';
import { PERSISTENCE_PRIOR_MAE, SAME_HOUR_PRIOR_MAE } from './error-priors.ts';
import { expectedMae, intervalHalfWidth, measuredMae, SCORE_SIZE, scoreError } from './error-score.ts';
import { type ForecastModel, type ForecastPoint, INTERVAL_LEVEL, MAX_LEAD_HOURS } from './forecast-point.ts';
import { createSlotRows } from './slot-rows.ts';
import { decodeRows, encodeRows, type StateKind } from './state-bytes.ts';

const HOUR_MS = 3_600_000;

/** A row of state: the history, then the scores of each model by lead. */
const PERSISTENCE_SCORES = HISTORY_SIZE;
const SAME_HOUR_SCORES = PERSISTENCE_SCORES + MAX_LEAD_HOURS * SCORE_SIZE;
const ROW_SIZE = SAME_HOUR_SCORES + MAX_LEAD_HOURS * SCORE_SIZE;

/** How to forecast. */
export interface ForecasterOptions {
  /** Cities to make room for at once; it grows. Default 256. */
  readonly capacity?: number;
  /** Formula of forecast heat indices. Default NWS. */
  readonly formula?: HeatIndexFormulaName;
}

/** Online forecasts of the cities of one partition: a pure function of the hours it was told. */
export interface Forecaster extends HourObserver {
  /**
   * Forecasts of a slot at the given leads (hours, 1 to 24; others are left out), in that order. Empty while the city
   * has no temperature within the last day.
   */
  forecast(slot: number, leadHours: readonly number[]): ForecastPoint[];
  /** End of the last complete hour that forecasts rest on, ms since the epoch; undefined where there is none. */
  issuedMs(slot: number): number | undefined;
  /** State as bytes, everything (default) or what changed since the last call of either kind. */
  takeState(kind?: StateKind): Uint8Array;
  /**
   * Goes back to a state: a full one, then the deltas after it in order.
   * @throws RangeError if the bytes are of another version or not a state; nothing has changed then.
   */
  restoreState(bytes: Uint8Array): void;
}

/** A forecaster that knows nothing yet. */
export function createForecaster(options: ForecasterOptions = {}): Forecaster {
  const blank = new Float64Array(ROW_SIZE);
  blankHistory(blank);
  const rows = createSlotRows(blank, options.capacity);
  const heatIndex = heatIndexCelsius(options.formula ?? 'NWS');
  const changed = new Set<number>();

  return {
    hourCompleted(slot, hour, meanTemperature, meanHumidity) {
      const row = rows.row(slot);
      if (!enterHour(row, hour, meanTemperature, dewPointCelsius(meanTemperature, meanHumidity))) return;
      compare(row, hour, meanTemperature);
      changed.add(slot);
    },

    cityRemoved(slot) {
      rows.clear(slot);
      changed.add(slot);
    },

    forecast(slot, leadHours) {
      const row = rows.existingRow(slot);
      const hour = row === undefined ? -1 : issueHour(row);
      if (row === undefined || hour < 0) return [];
      const points: ForecastPoint[] = [];
      for (const lead of leadHours) {
        if (Number.isInteger(lead) && lead >= 1 && lead <= MAX_LEAD_HOURS) points.push(point(row, hour, lead));
      }
      return points;
    },

    issuedMs(slot) {
      const row = rows.existingRow(slot);
      const hour = row === undefined ? -1 : issueHour(row);
      return hour < 0 ? undefined : (hour + 1) * HOUR_MS;
    },

    takeState(kind = 'full') {
      const slots =
        kind === 'full'
          ? Array.from({ length: rows.slotCount }, (_, slot) => slot)
          : [...changed].sort((a, b) => a - b);
      changed.clear();
      return encodeRows(rows, { kind, rowSize: ROW_SIZE, slots });
    },

    restoreState(bytes) {
      decodeRows(rows, bytes, ROW_SIZE);
      changed.clear();
    },
  };

  function point(row: Float64Array, hour: number, lead: number): ForecastPoint {
    const at = (lead - 1) * SCORE_SIZE;
    const persistencePrior = PERSISTENCE_PRIOR_MAE[lead - 1]!;
    const yesterday = hour + lead - MAX_LEAD_HOURS;
    const sameHour = temperatureAt(row, yesterday);
    const useSameHour =
      !Number.isNaN(sameHour) &&
      expectedMae(row, SAME_HOUR_SCORES + at, SAME_HOUR_PRIOR_MAE) <
        expectedMae(row, PERSISTENCE_SCORES + at, persistencePrior);

    const model: ForecastModel = useSameHour ? 'same-hour-yesterday' : 'persistence';
    const scores = (useSameHour ? SAME_HOUR_SCORES : PERSISTENCE_SCORES) + at;
    const prior = useSameHour ? SAME_HOUR_PRIOR_MAE : persistencePrior;
    const temperature = useSameHour ? sameHour : temperatureAt(row, hour);
    const halfWidth = intervalHalfWidth(row, scores, prior);
    const mae = measuredMae(row, scores);
    const persistenceMae = measuredMae(row, PERSISTENCE_SCORES + at);
    return {
      leadHours: lead,
      validMs: (hour + lead) * HOUR_MS,
      temperatureCelsius: temperature,
      lowCelsius: temperature - halfWidth,
      highCelsius: temperature + halfWidth,
      level: INTERVAL_LEVEL,
      heatIndexCelsius: heatIndexAt(row, temperature, useSameHour ? yesterday : hour),
      model,
      maeCelsius: mae,
      skill:
        mae === undefined || persistenceMae === undefined || persistenceMae === 0
          ? undefined
          : 1 - mae / persistenceMae,
    };
  }

  /** Humidity is forecast as a dew point, which a warming day leaves alone, not as a relative humidity. */
  function heatIndexAt(row: Float64Array, temperature: number, dewPointHour: number): number | undefined {
    const dewPoint = dewPointAt(row, dewPointHour);
    if (Number.isNaN(dewPoint)) return undefined;
    return heatIndex(temperature, relativeHumidityPercent(temperature, dewPoint));
  }
}

/** Holds what every model would have said about this hour, at every lead, against what it was. */
function compare(row: Float64Array, hour: number, actual: number): void {
  if (Number.isNaN(actual)) return;
  const sameHourError = Math.abs(temperatureAt(row, hour - MAX_LEAD_HOURS) - actual);
  for (let lead = 1; lead <= MAX_LEAD_HOURS; lead++) {
    const issuedFrom = temperatureAt(row, hour - lead);
    if (Number.isNaN(issuedFrom)) continue;
    const at = (lead - 1) * SCORE_SIZE;
    scoreError(row, PERSISTENCE_SCORES + at, Math.abs(issuedFrom - actual), PERSISTENCE_PRIOR_MAE[lead - 1]!);
    if (!Number.isNaN(sameHourError)) scoreError(row, SAME_HOUR_SCORES + at, sameHourError, SAME_HOUR_PRIOR_MAE);
  }
}
