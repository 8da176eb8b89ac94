import { QualityFlag } from './quality-flag.ts';
import { SpeedUnit, speedFrom } from './speed-unit.ts';
import { fahrenheitToCelsius } from './temperature-unit.ts';

/** Limits of the checks in °C, %, m/s. */
export const QUALITY_LIMITS = {
  /** Validity check of MADIS: −60…130 °F, 0…100 %, 0…250 kt. */
  minTemperatureCelsius: fahrenheitToCelsius(-60),
  maxTemperatureCelsius: fahrenheitToCelsius(130),
  minHumidityPercent: 0,
  maxHumidityPercent: 100,
  minWindMps: 0,
  maxWindMps: speedFrom(250, SpeedUnit.KNOTS),
  /** Temporal check of MADIS, change per hour: 35 °F, 50 %, 20 kt. */
  stepTemperatureCelsius: 35 / 1.8,
  stepHumidityPercent: 50,
  stepWindMps: speedFrom(20, SpeedUnit.KNOTS),
  /** A sensor that varied by less than this over {@link PERSISTENCE_MS} is stuck. */
  stuckTemperatureCelsius: 0.1,
  stuckHumidityPercent: 1,
  stuckWindMps: 0.5,
} as const;

/** How long values must stay the same to be called stuck: 12 h, longer than a calm night. */
export const PERSISTENCE_MS = 12 * 3_600_000;

/** Room for the rounding of values converted from °F and knots. */
const SLACK = 1e-9;
const HOUR_MS = 3_600_000;

/** A missing value (NaN) is never out of bounds. */
function outside(value: number, min: number, max: number): boolean {
  return value < min - SLACK || value > max + SLACK;
}

/** Whether every value that is there can be believed at all. NaN marks a missing value and passes. */
export function passesValidity(tempCelsius: number, humidityPercent: number, windMps: number): boolean {
  const l = QUALITY_LIMITS;
  return !(
    outside(tempCelsius, l.minTemperatureCelsius, l.maxTemperatureCelsius) ||
    outside(humidityPercent, l.minHumidityPercent, l.maxHumidityPercent) ||
    outside(windMps, l.minWindMps, l.maxWindMps)
  );
}

/**
 * Whether changes within `elapsedMs` are possible. Within the first hour a value may change by a whole hour's step, since
 * a quick jump is real weather; after longer gaps by so much more. A missing value makes no change.
 */
export function passesStep(elapsedMs: number, tempChange: number, humidityChange: number, windChange: number): boolean {
  const hours = Math.max(1, Math.abs(elapsedMs) / HOUR_MS);
  const l = QUALITY_LIMITS;
  return !(
    Math.abs(tempChange) > l.stepTemperatureCelsius * hours + SLACK ||
    Math.abs(humidityChange) > l.stepHumidityPercent * hours + SLACK ||
    Math.abs(windChange) > l.stepWindMps * hours + SLACK
  );
}

/** Extremes of a city's values over a span. NaN where nothing was measured. */
export interface Extremes {
  readonly minTemperatureCelsius: number;
  readonly maxTemperatureCelsius: number;
  readonly minHumidityPercent: number;
  readonly maxHumidityPercent: number;
  readonly minWindMps: number;
  readonly maxWindMps: number;
}

/** Whether the sensors live: over {@link PERSISTENCE_MS} or more, every value moved. Long runs of 100 % are fog, not a fault. */
export function passesPersistence(spanMs: number, extremes: Extremes): boolean {
  if (!(spanMs >= PERSISTENCE_MS)) return true;
  const l = QUALITY_LIMITS;
  return !(
    extremes.maxTemperatureCelsius - extremes.minTemperatureCelsius < l.stuckTemperatureCelsius - SLACK ||
    (extremes.maxHumidityPercent - extremes.minHumidityPercent < l.stuckHumidityPercent - SLACK &&
      extremes.minHumidityPercent < 100 - SLACK) ||
    extremes.maxWindMps - extremes.minWindMps < l.stuckWindMps - SLACK
  );
}

/**
 * Flag of one observation against the city's one before: for the hot path, hence numbers only. NaN marks missing values;
 * `elapsedMs` is the time between the two, NaN where there is no earlier one.
 */
export function observationQuality(
  tempCelsius: number,
  humidityPercent: number,
  windMps: number,
  elapsedMs: number,
  previousTempCelsius: number,
  previousHumidityPercent: number,
  previousWindMps: number,
): QualityFlag {
  const hasValue = !Number.isNaN(tempCelsius) || !Number.isNaN(humidityPercent) || !Number.isNaN(windMps);
  if (!hasValue) return QualityFlag.NO_CHECK;
  if (!passesValidity(tempCelsius, humidityPercent, windMps)) return QualityFlag.FAILED;
  if (Number.isNaN(elapsedMs)) return QualityFlag.COARSE_PASS;
  const passes = passesStep(
    elapsedMs,
    tempCelsius - previousTempCelsius,
    humidityPercent - previousHumidityPercent,
    windMps - previousWindMps,
  );
  return passes ? QualityFlag.SCREENED : QualityFlag.QUESTIONED;
}
