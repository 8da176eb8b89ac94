/** How a forecast was made. */
export type ForecastModel = 'persistence' | 'same-hour-yesterday' | 'regression' | 'blend';

/** Share of outcomes that intervals are meant to cover. */
export const INTERVAL_LEVEL = 0.9;

/** Longest lead, in hours. */
export const MAX_LEAD_HOURS = 24;

/** Forecast of one hour's mean temperature. */
export interface ForecastPoint {
  /** The hour forecast ends so many hours after issue: 1 is the hour that begins at issue. */
  readonly leadHours: number;
  /** Start of the hour forecast, ms since the epoch. */
  readonly validMs: number;
  readonly temperatureCelsius: number;
  /** Ends of the interval meant to cover {@link INTERVAL_LEVEL} of outcomes. */
  readonly lowCelsius: number;
  readonly highCelsius: number;
  readonly level: number;
  /** Undefined without humidity. */
  readonly heatIndexCelsius: number | undefined;
  /** Chosen for this city and lead by trailing error. */
  readonly model: ForecastModel;
  /** That model's trailing mean absolute error for this city and lead; undefined before its first comparison. */
  readonly maeCelsius: number | undefined;
  /** 1 − its error / error of persistence, both trailing; undefined where one is not known or persistence makes none. */
  readonly skill: number | undefined;
}
