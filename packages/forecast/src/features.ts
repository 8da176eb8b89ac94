import { ANGLE, ANOMALY, DEW_ANOMALY, issueAt, ringAt, WIND } from './city-row.ts';
import { dayAngle, isClimateComplete } from './climate.ts';

/*
 * What the regression looks at, all departures from what is usual: the last hours' temperatures and their mean, humidity
 * as dew point, wind, the time of day, and products with the time of day, since a warm morning and a warm evening promise
 * different things. Chosen by error on the first eleven months of samples/owm36, one group at a time.
 */

/** Marks an hour as one with features, if every hour of the day was measured once. @returns whether it is. */
export function beginFeatures(row: Float32Array, hour: number): boolean {
  const complete = isClimateComplete(row);
  row[issueAt(ANGLE, hour, 1)] = complete ? dayAngle(row, hour) : Number.NaN;
  return complete;
}

/** Marks an hour as one without features. */
export function endFeatures(row: Float32Array, hour: number): void {
  row[issueAt(ANGLE, hour, 1)] = Number.NaN;
}

/** Whether a regression was made at an hour's issue, one of the last 24. */
export function hasFeatures(row: Float32Array, hour: number): boolean {
  return !Number.isNaN(row[issueAt(ANGLE, hour, 1)]!);
}

/** The features of an hour that has them, as they were then: their parts are kept, they are not. */
export function readFeatures(row: Float32Array, hour: number, x: Float64Array): void {
  const angle = row[issueAt(ANGLE, hour, 1)]!;
  const c1 = Math.cos(angle);
  const s1 = Math.sin(angle);
  const c2 = Math.cos(2 * angle);
  const s2 = Math.sin(2 * angle);
  const now = row[ringAt(ANOMALY, hour)]!;
  const change = now - row[ringAt(ANOMALY, hour - 1)]!;
  const dew = row[ringAt(DEW_ANOMALY, hour)]!;
  const wind = row[ringAt(WIND, hour)]!;
  x[0] = 1;
  x[1] = now;
  x[2] = row[ringAt(ANOMALY, hour - 1)]!;
  x[3] = row[ringAt(ANOMALY, hour - 2)]!;
  x[4] = row[ringAt(ANOMALY, hour - 3)]!;
  x[5] = row[ringAt(ANOMALY, hour - 6)]!;
  x[6] = row[ringAt(ANOMALY, hour - 12)]!;
  x[7] = row[ringAt(ANOMALY, hour - 21)]!;
  x[8] = row[ringAt(ANOMALY, hour - 23)]!;
  x[9] = dayMean(row, ANOMALY, hour);
  x[10] = dew;
  x[11] = dayMean(row, DEW_ANOMALY, hour);
  x[12] = wind;
  x[13] = dayMean(row, WIND, hour);
  x[14] = c1;
  x[15] = s1;
  x[16] = c2;
  x[17] = s2;
  x[18] = now * c1;
  x[19] = now * s1;
  x[20] = now * c2;
  x[21] = now * s2;
  x[22] = dew * c1;
  x[23] = dew * s1;
  x[24] = wind * c1;
  x[25] = wind * s1;
  x[26] = change * c1;
  x[27] = change * s1;
}

/** The features that a city's own correction looks at, out of the regression's. Scaled to be about alike. */
export function correctionFeatures(x: Float64Array, into: Float64Array): void {
  into[0] = 1;
  into[1] = x[1]!;
  into[2] = x[9]!;
  into[3] = 3 * x[14]!;
  into[4] = 3 * x[15]!;
  into[5] = x[18]!;
  into[6] = x[19]!;
  into[7] = x[10]!;
}

function dayMean(row: Float32Array, ring: number, hour: number): number {
  let sum = 0;
  for (let hoursAgo = 0; hoursAgo < 24; hoursAgo++) sum += row[ringAt(ring, hour - hoursAgo)]!;
  return sum / 24;
}
