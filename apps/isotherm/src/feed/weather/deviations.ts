import { createNeighbourhood } from './great-circle.ts';
import { HOURS_PER_YEAR, type RealSeries } from './real-series.ts';

/**
 * What a real series does beside its slow seasonal course, hour by hour of the year in UTC, without gaps:
 * reading = course of the season + daily cycle + anomaly.
 */
export interface Deviations {
  readonly name: string;
  readonly latitude: number;
  readonly longitude: number;
  /**
   * Four values an hour, side by side because they are read together: daily cycle (the mean course of the day at that
   * time of year, minus the day's mean) in °C, anomaly (the weather: what is left; about 0 over any month) in °C,
   * humidity minus its seasonal course in percent, wind as measured in m/s.
   */
  readonly hours: Float32Array;
  /** Mean difference of the highest and the lowest hour of the daily cycle, in °C. */
  readonly dailyRangeCelsius: number;
}

/** Days on either side that make up the season. */
const HALF_WINDOW_DAYS = 15;
/** Where two pieces of a series meet, the weather fades out and in over this many hours. */
const JOIN_HOURS = 12;

/** Takes series apart. What one lacks is taken from the nearest that has it; those that only fill gaps are not returned. */
export function deviationsOf(series: readonly RealSeries[]): Deviations[] {
  const parts = series.map((one) => {
    const season = { temperature: sameHourMean(one.temperatureCelsius), humidity: sameHourMean(one.humidityPercent) };
    const temperatureCourse = dayMean(season.temperature);
    const humidityCourse = dayMean(season.humidity);
    return {
      one,
      dailyCycle: minus(season.temperature, temperatureCourse),
      anomaly: minus(one.temperatureCelsius, season.temperature),
      humidity: minus(one.humidityPercent, humidityCourse),
      wind: one.windMps,
    };
  });
  const neighbourhood = createNeighbourhood(
    parts.map((part) => ({ part, latitude: part.one.latitude, longitude: part.one.longitude })),
  );
  return parts
    .filter(({ one }) => !one.fillsOnly)
    .map((part) => {
      const around = neighbourhood.nearest(part.one, { count: parts.length, softenKm: 1, power: 1 });
      const donors = around.map(({ item }) => item.part);
      const filled = (key: 'dailyCycle' | 'anomaly' | 'humidity' | 'wind') =>
        fill(
          donors.map((donor) => donor[key]),
          key === 'anomaly' ? part.one.firstHour : undefined,
        );
      const dailyCycle = filled('dailyCycle');
      const hours = interleave([dailyCycle, filled('anomaly'), filled('humidity'), filled('wind')]);
      return {
        name: part.one.name,
        latitude: part.one.latitude,
        longitude: part.one.longitude,
        hours,
        dailyRangeCelsius: meanRange(dailyCycle),
      };
    });
}

/** Mean of the same hour over the days around, across the year's end; NaN where fewer than five were measured. */
function sameHourMean(values: Float32Array): Float32Array {
  return slidingMean(values, { from: -HALF_WINDOW_DAYS * 24, to: HALF_WINDOW_DAYS * 24, step: 24, atLeast: 5 });
}

/** Mean of the 24 hours around; NaN where any is missing. */
function dayMean(values: Float32Array): Float32Array {
  return slidingMean(values, { from: -12, to: 11, step: 1, atLeast: 24 });
}

/** Means over hours [hour + from, hour + to] in steps, across the year's end: each window slides on by one step. */
function slidingMean(
  values: Float32Array,
  window: { readonly from: number; readonly to: number; readonly step: number; readonly atLeast: number },
): Float32Array {
  const { from, to, step, atLeast } = window;
  const means = new Float32Array(HOURS_PER_YEAR);
  const at = (hour: number) => values[(hour + 2 * HOURS_PER_YEAR) % HOURS_PER_YEAR]!;
  for (let phase = 0; phase < step; phase += 1) {
    let sum = 0;
    let count = 0;
    const add = (value: number, sign: 1 | -1) => {
      if (Number.isNaN(value)) return;
      sum += sign * value;
      count += sign;
    };
    for (let offset = from; offset <= to; offset += step) add(at(phase + offset), 1);
    for (let hour = phase; hour < HOURS_PER_YEAR; hour += step) {
      means[hour] = count < atLeast ? Number.NaN : sum / count;
      add(at(hour + from), -1);
      add(at(hour + to + step), 1);
    }
  }
  return means;
}

function minus(a: Float32Array, b: Float32Array): Float32Array {
  return a.map((value, hour) => value - (b[hour] ?? Number.NaN));
}

/** The first array, gaps up to six hours bridged, longer ones from the next array that has the hour. */
function fill(sources: readonly Float32Array[], seam: number | undefined): Float32Array {
  const [own = new Float32Array(HOURS_PER_YEAR), ...others] = sources;
  const filled = bridge(own, 6);
  const joins = new Set(seam === undefined ? [] : [seam]);
  let foreign = false;
  for (let hour = 0; hour < HOURS_PER_YEAR; hour += 1) {
    const missing = Number.isNaN(filled[hour]);
    if (missing !== foreign) joins.add(hour);
    foreign = missing;
    if (!missing) continue;
    const source = others.find((other) => !Number.isNaN(other[hour]));
    filled[hour] = source?.[hour] ?? 0;
  }
  if (seam !== undefined) for (const join of joins) fade(filled, join);
  return filled;
}

function bridge(values: Float32Array, maxHours: number): Float32Array {
  const bridged = values.slice();
  let last = -1;
  for (let hour = 0; hour < HOURS_PER_YEAR; hour += 1) {
    if (Number.isNaN(values[hour])) continue;
    const gap = hour - last;
    if (last >= 0 && gap > 1 && gap <= maxHours) {
      const from = values[last] ?? 0;
      const step = ((values[hour] ?? 0) - from) / gap;
      for (let i = 1; i < gap; i += 1) bridged[last + i] = from + step * i;
    }
    last = hour;
  }
  return bridged;
}

function fade(values: Float32Array, join: number): void {
  for (let offset = -JOIN_HOURS; offset < JOIN_HOURS; offset += 1) {
    const hour = (join + offset + HOURS_PER_YEAR) % HOURS_PER_YEAR;
    values[hour] = (values[hour] ?? 0) * (Math.abs(offset + 0.5) / JOIN_HOURS);
  }
}

function interleave(columns: readonly Float32Array[]): Float32Array {
  const width = columns.length;
  const rows = new Float32Array(HOURS_PER_YEAR * width);
  for (const [column, values] of columns.entries()) {
    for (let hour = 0; hour < HOURS_PER_YEAR; hour += 1) rows[hour * width + column] = values[hour] ?? 0;
  }
  return rows;
}

function meanRange(dailyCycle: Float32Array): number {
  let sum = 0;
  for (let day = 0; day < 365; day += 1) {
    const hours = dailyCycle.subarray(day * 24, day * 24 + 24);
    sum += Math.max(...hours) - Math.min(...hours);
  }
  return sum / 365;
}
