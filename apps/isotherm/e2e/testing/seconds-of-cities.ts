import type { IsothermClient, ObservationStream, ReadToken, SentBatch } from '@isotherm/client';
import { expect } from 'vitest';
import { ledgerShowing } from './ledger.ts';
import { minutePoints } from './minute-points.ts';
import { type CentiReading, expectSameMinutes, naiveMinutes } from './naive-minutes.ts';

/** A reading of each city each second: what they are follows from city and second alone. */
export interface SecondsOfCities {
  readonly cities: number;
  readonly startMs: number;
  cityId(city: number): string;
  /** The readings of a second, in order of the cities. */
  readings(second: number): CentiReading[];
}

/** Cities named by a prefix, their seconds beginning at a minute so many minutes ago. */
export function secondsOfCities(prefix: string, cities: number, minutesAgo: number): SecondsOfCities {
  const startMs = Math.floor(Date.now() / 60_000) * 60_000 - minutesAgo * 60_000;
  return {
    cities,
    startMs,
    cityId: (city) => `${prefix}-${city}`,
    readings: (second) => Array.from({ length: cities }, (_, city) => readingOf(city, second, startMs)),
  };
}

function readingOf(city: number, second: number, startMs: number): CentiReading {
  const mix = Math.imul(city + 1, 2_654_435_761) ^ Math.imul(second + 1, 40_503);
  return {
    city,
    observedMs: startMs + second * 1000,
    temperatureCenti: 2500 + city * 10 + (mix & 511),
    humidityCenti: 4000 + ((mix >>> 9) & 1023),
    windCenti: 100 + ((mix >>> 19) & 511),
  };
}

/** Writes the readings of a second as one batch. */
export function writeSecond(stream: ObservationStream, seconds: SecondsOfCities, second: number): Promise<SentBatch> {
  const readings = seconds.readings(second);
  const column = (pick: (reading: CentiReading) => number) => ({ scale: 2, unscaled: Int32Array.from(readings, pick) });
  return stream.write({
    cityIndex: Uint32Array.from(readings, ({ city }) => stream.cityIndex(seconds.cityId(city))),
    baseUnixMs: seconds.startMs + second * 1000,
    observedOffsetMs: new Uint32Array(readings.length),
    temperatureCelsius: column(({ temperatureCenti }) => temperatureCenti),
    relativeHumidityPercent: column(({ humidityCenti }) => humidityCenti),
    windSpeedMps: column(({ windCenti }) => windCenti),
  });
}

/** What came back of batches that were written. */
export interface AckTally {
  /** Batches acked. */
  acked: number;
  /** Observations accepted in them. */
  accepted: number;
  /** Token of the ack that came last. */
  readToken: ReadToken | undefined;
}

/** A tally of nothing. */
export function newAckTally(): AckTally {
  return { acked: 0, accepted: 0, readToken: undefined };
}

/** Writes the seconds from one to before another, a batch each, and counts their acks as they come: it waits for none. */
export async function writeSeconds(
  stream: ObservationStream,
  seconds: SecondsOfCities,
  { from, to, tally }: { readonly from: number; readonly to: number; readonly tally: AckTally },
): Promise<void> {
  for (let second = from; second < to; second++) {
    const { result } = await writeSecond(stream, seconds, second);
    result.then(
      (ack) => {
        tally.acked += 1;
        tally.accepted += ack.accepted;
        tally.readToken = ack.readToken;
      },
      () => undefined,
    );
  }
}

/**
 * The first `count` seconds are in every result, once: ledger, each `step`-th city's stored minutes, current values.
 * `readToken` is that of the last batch: it holds every city, and so covers all of them.
 */
export async function expectCountedOnce(
  client: IsothermClient,
  seconds: SecondsOfCities,
  { count, readToken, step }: { readonly count: number; readonly readToken: ReadToken; readonly step: number },
): Promise<void> {
  const { cities, startMs, cityId } = seconds;
  const ledger = await ledgerShowing(client, { observationsApplied: count * cities });
  expect(ledger.observationsDead).toBe(0);
  expect(ledger.observationsAcked).toBe(ledger.observationsApplied + ledger.observationsDuplicate);
  const sent = Array.from({ length: count }, (_, second) => seconds.readings(second));
  const seen = { readToken, from: startMs, to: startMs + count * 1000 };
  for (let city = 0; city < cities; city += step) {
    const points = await minutePoints(client, cityId(city), seen);
    expectSameMinutes(points, naiveMinutes(sent.map((readings) => readings[city]!)));
  }
  const { conditions } = await client.current(Array.from({ length: cities }, (_, city) => cityId(city)));
  expect(conditions.map(({ observations }) => observations)).toEqual(new Array(cities).fill(count));
}
