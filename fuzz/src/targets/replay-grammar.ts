import { create, toBinary } from '@bufbuild/protobuf';
import { ReplayRequestSchema } from '@isotherm/contracts/ingest/v1/replay_service';
import { partitionOf } from '@isotherm/placement';
import { encodeObservations } from '@isotherm/records';
import fc from 'fast-check';
import { NOW_MS } from './observation-grammar.ts';

/** Partitions of the log that letters are replayed into. */
export const PARTITIONS = 4;
/** Records that each of them has before. */
export const RECORDS_BEFORE = 8;

const HOUR_MS = 3_600_000;
const mostly = <T>(arbitrary: fc.Arbitrary<T>, ...others: fc.Arbitrary<T>[]) =>
  fc.oneof({ weight: 8, arbitrary }, ...others);

const city = mostly(fc.nat({ max: 20 }).map(String), fc.constantFrom('', 'Zürich/Nord', 'x'.repeat(65), '\u0000'));
const observedMs = mostly(
  fc.integer({ min: NOW_MS - 26 * HOUR_MS, max: NOW_MS + 60_000 }),
  fc.constantFrom(0, NOW_MS - 30 * HOUR_MS, NOW_MS + HOUR_MS, 2 ** 41),
);
const seconds = mostly(
  observedMs.map((ms) => BigInt(Math.floor(ms / 1000))),
  fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
);
const instant = fc.record({ seconds, nanos: mostly(fc.nat({ max: 999_999_999 }), fc.integer()) });
const value = fc.option(
  mostly(
    fc.integer({ min: -2000, max: 4000 }).map((centi) => centi / 100),
    fc.double(),
  ),
  { nil: undefined },
);
const offset = mostly(
  fc.nat({ max: RECORDS_BEFORE - 1 }).map(BigInt),
  fc.constantFrom(BigInt(RECORDS_BEFORE), 2n ** 53n, 2n ** 64n - 1n),
);
const small = mostly(fc.nat({ max: 3 }), fc.constantFrom(0xffff, 0x1_0000, 0xffff_ffff));

const row = fc
  .record({
    cityId: city,
    elsewhere: mostly(fc.constant(0), fc.nat({ max: 0xffff_ffff })),
    offset,
    row: small,
    attempt: mostly(fc.integer({ min: 1, max: 9 }), small),
    firstSeenTime: fc.option(instant, { nil: undefined }),
    observation: mostly(fc.constant(true), fc.constant(false)),
    observeTime: fc.option(instant, { nil: undefined }),
    sensorId: mostly(fc.constantFrom('', 'roof'), fc.string({ maxLength: 70 })),
    temperatureCelsius: value,
    relativeHumidityPercent: value,
    windSpeedMps: value,
  })
  .map(({ cityId, elsewhere, firstSeenTime, observation, observeTime, sensorId, ...rest }) => {
    const { temperatureCelsius, relativeHumidityPercent, windSpeedMps, ...letter } = rest;
    const values = {
      ...(temperatureCelsius !== undefined && { temperatureCelsius }),
      ...(relativeHumidityPercent !== undefined && { relativeHumidityPercent }),
      ...(windSpeedMps !== undefined && { windSpeedMps }),
    };
    return {
      ...letter,
      partition: elsewhere === 0 ? partitionOf(cityId, PARTITIONS) : elsewhere,
      ...(firstSeenTime && { firstSeenTime }),
      ...(observation && { observation: { cityId, sensorId, ...values, ...(observeTime && { observeTime }) } }),
    };
  });

/** A request that brings letters back, mostly ones that can be. */
export const replayRequest: fc.Arbitrary<Uint8Array> = fc
  .array(row, { maxLength: 8 })
  .map((rows) => toBinary(ReplayRequestSchema, create(ReplayRequestSchema, { rows })));

const kept = fc.record({
  cityId: fc.nat({ max: 6 }).map(String),
  observedMs: fc.integer({ min: NOW_MS - 27 * HOUR_MS, max: NOW_MS + 60_000 }),
  temperature: fc.integer({ min: -2000, max: 4000 }).map((centi) => centi / 100),
});
const letter = fc.record({
  offset: fc.nat({ max: RECORDS_BEFORE - 1 }),
  row: fc.nat({ max: 3 }),
  attempt: fc.integer({ min: 1, max: 3 }),
  firstSeenMs: fc.integer({ min: NOW_MS - HOUR_MS, max: NOW_MS }),
});
const rejected = fc.constant({ batchRow: 0, reason: 4, message: 'too hot', observation: Uint8Array.of(1, 2) });

/** A replay as a record of the log, the same letter twice in it now and then. */
export const replayRecord: fc.Arbitrary<Uint8Array> = fc
  .array(fc.record({ rows: fc.array(kept, { maxLength: 5 }), rejected: fc.array(rejected, { maxLength: 2 }) }), {
    minLength: 1,
    maxLength: 3,
  })
  .chain((slices) => {
    const letters = slices.reduce((sum, slice) => sum + slice.rows.length + slice.rejected.length, 0);
    return fc.tuple(fc.constant(slices), fc.array(letter, { minLength: letters, maxLength: letters }));
  })
  .map(([slices, replay]) => encodeObservations({ slices, replay }));
