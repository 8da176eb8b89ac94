import type { HistoryPoint } from '@isotherm/client';
import { heatIndexCelsius } from '@isotherm/domain';
import { expect } from 'vitest';

/** A reading in hundredths, so that sums are exact. */
export interface CentiReading {
  readonly city: number;
  readonly observedMs: number;
  readonly temperatureCenti: number;
  readonly humidityCenti: number;
  readonly windCenti: number;
}

/** The minutes of a city as a plain loop finds them. */
export interface NaiveMinute {
  readonly start: Date;
  count: number;
  temperatureCenti: number;
  temperatureMaxCenti: number;
  humidityCenti: number;
  windCenti: number;
  heatIndexSum: number;
}

const heatIndexOf = heatIndexCelsius('NWS');

/** Adds up readings minute by minute, oldest first. */
export function naiveMinutes(readings: readonly CentiReading[]): NaiveMinute[] {
  const minutes = new Map<number, NaiveMinute>();
  for (const { observedMs, temperatureCenti, humidityCenti, windCenti } of readings) {
    const start = Math.floor(observedMs / 60_000) * 60_000;
    let minute = minutes.get(start);
    if (minute === undefined) {
      minute = {
        start: new Date(start),
        count: 0,
        temperatureCenti: 0,
        temperatureMaxCenti: Number.NEGATIVE_INFINITY,
        humidityCenti: 0,
        windCenti: 0,
        heatIndexSum: 0,
      };
      minutes.set(start, minute);
    }
    minute.count += 1;
    minute.temperatureCenti += temperatureCenti;
    minute.temperatureMaxCenti = Math.max(minute.temperatureMaxCenti, temperatureCenti);
    minute.humidityCenti += humidityCenti;
    minute.windCenti += windCenti;
    minute.heatIndexSum += heatIndexOf(temperatureCenti / 100, humidityCenti / 100);
  }
  return [...minutes.values()].sort((a, b) => a.start.getTime() - b.start.getTime());
}

/** The stored minutes are the naive ones: counts exactly, means to 1e-9. */
export function expectSameMinutes(points: readonly HistoryPoint[], wanted: readonly NaiveMinute[]): void {
  expect(points.map(({ startTime, count }) => ({ start: startTime, count }))).toEqual(
    wanted.map(({ start, count }) => ({ start, count })),
  );
  for (const [index, point] of points.entries()) {
    const minute = wanted[index]!;
    const mean = (centi: number) => centi / minute.count / 100;
    expect(point.temperature).toBeCloseTo(mean(minute.temperatureCenti), 9);
    expect(point.temperatureMax).toBeCloseTo(minute.temperatureMaxCenti / 100, 9);
    expect(point.relativeHumidityPercent).toBeCloseTo(mean(minute.humidityCenti), 9);
    expect(point.windSpeed).toBeCloseTo(mean(minute.windCenti), 9);
    expect(point.heatIndex).toBeCloseTo(minute.heatIndexSum / minute.count, 8);
  }
}
