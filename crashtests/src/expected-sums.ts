import { heatIndexCelsius } from '@isotherm/domain';
import { readingAt } from './workload.ts';

/** What a plain loop over a city's readings adds up. */
export interface Sums {
  count: number;
  temperatureCenti: number;
  temperatureMaxCenti: number;
  humidityCenti: number;
  windCenti: number;
  heatIndex: number;
}

const heatIndexOf = heatIndexCelsius('NWS');

/** Sums of nothing. */
export function noSums(): Sums {
  return {
    count: 0,
    temperatureCenti: 0,
    temperatureMaxCenti: Number.NEGATIVE_INFINITY,
    humidityCenti: 0,
    windCenti: 0,
    heatIndex: 0,
  };
}

/** Adds a city's readings of the seconds from ≤ s < to. */
export function addReadings(sums: Sums, city: number, seconds: { readonly from: number; readonly to: number }): Sums {
  for (let second = seconds.from; second < seconds.to; second++) {
    const { temperatureCenti, humidityCenti, windCenti } = readingAt(city, second);
    sums.count += 1;
    sums.temperatureCenti += temperatureCenti;
    sums.temperatureMaxCenti = Math.max(sums.temperatureMaxCenti, temperatureCenti);
    sums.humidityCenti += humidityCenti;
    sums.windCenti += windCenti;
    sums.heatIndex += heatIndexOf(temperatureCenti / 100, humidityCenti / 100);
  }
  return sums;
}

/** The sums of a city's readings of from ≤ s < to, in spans of `width` seconds: by the second a span starts at. */
export function sumsBySpan(
  city: number,
  seconds: { readonly from: number; readonly to: number },
  width: number,
): Map<number, Sums> {
  const spans = new Map<number, Sums>();
  for (let from = seconds.from; from < seconds.to; from += width) {
    spans.set(from, addReadings(noSums(), city, { from, to: Math.min(seconds.to, from + width) }));
  }
  return spans;
}
