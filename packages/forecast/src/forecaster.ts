import { dewPointCelsius, type HeatIndexFormulaName, type HourObserver, heatIndexCelsius } from '@isotherm/domain';
import { chooseCandidate } from './candidates.ts';
import { blankCorrection } from './city-correction.ts';
import { issueHour, temperatureAt } from './city-history.ts';
import { blankMeasurements, FEATURES, PERSISTENCE_SCORES, ROW_SIZE } from './city-row.ts';
import { intervalHalfWidth, measuredMae, SCORE_SIZE } from './error-score.ts';
import { type ForecastPoint, INTERVAL_LEVEL, MAX_LEAD_HOURS } from './forecast-point.ts';
import { type HeatOf, heatIndexAhead, heatOfDewPoint } from './heat-candidates.ts';
import { atLead } from './lead-knots.ts';
import { learnHour } from './learn-hour.ts';
import { createPooledRidge } from './pooled-ridge.ts';
import { createSlotRows } from './slot-rows.ts';
import { decodeState, encodeState, type StateKind } from './state-bytes.ts';
import { widthFactor } from './width-by-phase.ts';

const HOUR_MS = 3_600_000;
/** Forecasts stay within the temperatures of so many hours, and so far beyond them. */
const BOUND_HOURS = 48;
const BOUND_MARGIN_CELSIUS = 10;

/** How to forecast. */
export interface ForecasterOptions {
  /** Cities to make room for at once; it grows. Default 16. */
  readonly capacity?: number;
}

/** Online forecasts of the cities of one partition: a pure function of the hours it was told. */
export interface Forecaster extends HourObserver {
  /**
   * Forecasts of a slot at the given leads (hours, 1 to 24; others are left out), in that order. Empty while the city
   * has no temperature within the last day.
   * Heat indices by `formula`, default NWS.
   */
  forecast(slot: number, leadHours: readonly number[], formula?: HeatIndexFormulaName): ForecastPoint[];
  /** End of the last complete hour that forecasts rest on, ms since the epoch; undefined where there is none. */
  issuedMs(slot: number): number | undefined;
  /** State as bytes, everything (default) or what changed since the last call of either kind. About 4.9 KB a city. */
  takeState(kind?: StateKind): Uint8Array;
  /**
   * Goes back to a state: a full one, then the deltas after it in order.
   * @throws RangeError if the bytes are of another version or not a state; nothing has changed then.
   */
  restoreState(bytes: Uint8Array): void;
}

/** Where a forecast may lie, in °C. */
interface Bounds {
  readonly least: number;
  readonly most: number;
}

/** What a point is asked for. */
interface Asked {
  readonly hour: number;
  readonly lead: number;
  readonly heatOf: HeatOf;
  readonly bounds: Bounds;
}

/** A forecaster that knows nothing yet. */
export function createForecaster(options: ForecasterOptions = {}): Forecaster {
  const rows = createSlotRows(blankRow(), options.capacity);
  const pool = createPooledRidge(FEATURES);
  const changed = new Set<number>();

  return {
    hourCompleted(slot, hour, meanTemperature, meanHumidity, meanWind) {
      const dewPoint = dewPointCelsius(meanTemperature, meanHumidity);
      const told = { hour, temperature: meanTemperature, dewPoint, windMps: meanWind };
      if (learnHour(rows.row(slot), pool, told)) changed.add(slot);
    },

    cityRemoved(slot) {
      rows.clear(slot);
      changed.add(slot);
    },

    forecast(slot, leadHours, formula = 'NWS') {
      const heatOf = heatOfDewPoint(heatIndexCelsius(formula));
      const row = rows.existingRow(slot);
      const hour = row === undefined ? -1 : issueHour(row);
      if (row === undefined || hour < 0) return [];
      const points: ForecastPoint[] = [];
      const bounds = boundsAt(row, hour);
      for (const lead of leadHours) {
        if (Number.isInteger(lead) && lead >= 1 && lead <= MAX_LEAD_HOURS)
          points.push(point(row, { hour, lead, heatOf, bounds }));
      }
      return points;
    },

    issuedMs(slot) {
      const row = rows.existingRow(slot);
      const hour = row === undefined ? -1 : issueHour(row);
      return hour < 0 ? undefined : (hour + 1) * HOUR_MS;
    },

    takeState(kind = 'full') {
      const all = () => Array.from({ length: rows.slotCount }, (_, slot) => slot);
      const slots = kind === 'full' ? all() : [...changed].sort((a, b) => a - b);
      changed.clear();
      return encodeState(rows, { kind, rowSize: ROW_SIZE, slots, shared: pool.save() });
    },

    restoreState(bytes) {
      pool.restore(decodeState(rows, bytes, { rowSize: ROW_SIZE, sharedSize: pool.savedSize }));
      changed.clear();
    },
  };

  function point(row: Float32Array, { hour, lead, heatOf, bounds }: Asked): ForecastPoint {
    const { model, scores, priorMae, forecast } = chooseCandidate(row, hour, lead);
    const temperature = Math.min(Math.max(forecast(row, hour, lead), bounds.least), bounds.most);
    const halfWidth = atLead(
      lead,
      (knot) =>
        intervalHalfWidth(row, scores + knot * SCORE_SIZE, priorMae[knot]!) * widthFactor(row, knot, hour + lead),
    );
    const mae = maeAtLead(row, scores, lead);
    const persistenceMae = maeAtLead(row, PERSISTENCE_SCORES, lead);
    return {
      leadHours: lead,
      validMs: (hour + lead) * HOUR_MS,
      temperatureCelsius: temperature,
      lowCelsius: temperature - halfWidth,
      highCelsius: temperature + halfWidth,
      level: INTERVAL_LEVEL,
      heatIndexCelsius: heatIndexAhead(row, hour, lead, heatOf),
      model,
      maeCelsius: mae,
      skill:
        mae === undefined || persistenceMae === undefined || persistenceMae === 0
          ? undefined
          : 1 - mae / persistenceMae,
    };
  }
}

/** A forecast stays within what was measured in the last two days and a margin: products of a strange hour leave it fast. */
function boundsAt(row: Float32Array, hour: number): Bounds {
  let [least, most] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (let ago = 0; ago < BOUND_HOURS; ago++) {
    const measured = temperatureAt(row, hour - ago);
    if (measured < least) least = measured;
    if (measured > most) most = measured;
  }
  return { least: least - BOUND_MARGIN_CELSIUS, most: most + BOUND_MARGIN_CELSIUS };
}

function blankRow(): Float32Array {
  const row = new Float32Array(ROW_SIZE);
  blankMeasurements(row);
  blankCorrection(row);
  return row;
}

/** Trailing error at a lead; undefined until both knots around it have been compared. */
function maeAtLead(row: Float32Array, scores: number, lead: number): number | undefined {
  const mae = atLead(lead, (knot) => measuredMae(row, scores + knot * SCORE_SIZE) ?? Number.NaN);
  return Number.isNaN(mae) ? undefined : mae;
}
