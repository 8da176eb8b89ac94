import { create, toBinary } from '@bufbuild/protobuf';
import { timestampFromMs } from '@bufbuild/protobuf/wkt';
import { IngestRequestSchema, IngestStreamRequestSchema } from '@isotherm/contracts/ingest/v1/ingest_service';
import { type ColumnInput, encodeStreamBatch } from '@isotherm/observation-wire';
import fc from 'fast-check';

/** The time on the clock that decides about these observations. */
export const NOW_MS = Date.UTC(2025, 5, 15, 12);

const city = fc.oneof(
  { weight: 6, arbitrary: fc.nat({ max: 40 }).map(String) },
  { weight: 2, arbitrary: fc.constantFrom('Zürich/Nord', 'a', 'x'.repeat(64), '2147483647', '2147483648', '007') },
  { weight: 1, arbitrary: fc.constantFrom('', 'x'.repeat(65), 'tab\there', '\u0000', 'ü'.repeat(33)) },
  { weight: 1, arbitrary: fc.string({ maxLength: 70, unit: 'grapheme' }) },
);
const sensor = fc.oneof(fc.constantFrom('roof', 'a', ''), fc.string({ maxLength: 70 }));
const observedMs = fc.oneof(
  { weight: 6, arbitrary: fc.integer({ min: NOW_MS - 600_000, max: NOW_MS + 60_000 }) },
  { weight: 2, arbitrary: fc.integer({ min: NOW_MS - 26 * 3_600_000, max: NOW_MS + 600_000 }) },
  { weight: 1, arbitrary: fc.constantFrom(0, 1, NOW_MS - 86_400_000 * 365, Date.UTC(2120, 0), 2 ** 41) },
);
const value = fc.oneof(
  { weight: 6, arbitrary: fc.integer({ min: -2000, max: 4000 }).map((centi) => centi / 100) },
  { weight: 1, arbitrary: fc.double() },
  { weight: 1, arbitrary: fc.constantFrom(-92.2, 59.7, 105, 113.3, 0, -0, 327.67, 327.68, -327.68, 1e-300) },
);
const sequence = fc.oneof({ weight: 5, arbitrary: fc.nat({ max: 40 }) }, fc.nat({ max: 2 ** 31 - 1 }));
const createdMs = fc.oneof(
  { weight: 6, arbitrary: fc.integer({ min: NOW_MS - 60_000, max: NOW_MS }) },
  { weight: 1, arbitrary: fc.constantFrom(0, NOW_MS - 3_600_000, NOW_MS - 3_600_001, NOW_MS + 300_001) },
);

/** A column of `rows` values, or now and then of another number of them. */
function column(rows: number): fc.Arbitrary<ColumnInput | undefined> {
  const count = fc.oneof({ weight: 12, arbitrary: fc.constant(rows) }, fc.nat({ max: 30 }));
  const missingRows = fc.oneof(
    { weight: 4, arbitrary: fc.constant(undefined) },
    fc
      .uniqueArray(fc.nat({ max: Math.max(0, rows) }), { maxLength: 4 })
      .map((list) => Uint32Array.from(list.sort((a, b) => a - b))),
  );
  const floats = count.chain((length) =>
    fc.array(value, { minLength: length, maxLength: length }).map((list) => Float64Array.from(list)),
  );
  const integers = count.chain((length) =>
    fc
      .array(fc.integer({ min: -3000, max: 8000 }), { minLength: length, maxLength: length })
      .map((list) => Int32Array.from(list)),
  );
  const scale = fc.oneof({ weight: 8, arbitrary: fc.constantFrom(2, 1, 0, 3) }, fc.nat({ max: 400 }));
  return fc.oneof(
    {
      weight: 4,
      arbitrary: fc
        .tuple(scale, integers, missingRows)
        .map(([s, unscaled, gone]) => ({ scale: s, unscaled, ...(gone && { missingRows: gone }) })),
    },
    {
      weight: 2,
      arbitrary: fc
        .tuple(floats, missingRows)
        .map(([values, gone]) => ({ values, ...(gone && { missingRows: gone }) })),
    },
    { weight: 1, arbitrary: fc.constant(undefined) },
  );
}

/** A stream's batch in columns, mostly a good one. */
export const streamBatch: fc.Arbitrary<Uint8Array> = fc
  .tuple(fc.nat({ max: 24 }), fc.array(city, { maxLength: 8 }), fc.array(sensor, { maxLength: 3 }))
  .chain(([rows, cities, sensors]) =>
    fc
      .record({
        sequence,
        createdUnixMs: createdMs,
        baseMs: observedMs,
        cityIndex: indices(rows, Math.max(1, cities.length)),
        offsets: indices(rows, 600_000),
        temperature: column(rows),
        humidity: column(rows),
        wind: column(rows),
        sensorIndex: fc.oneof({ weight: 3, arbitrary: fc.constant(undefined) }, indices(rows, sensors.length + 1)),
      })
      .map(
        ({ sequence: number, createdUnixMs, baseMs, cityIndex, offsets, temperature, humidity, wind, sensorIndex }) =>
          encodeStreamBatch({
            sequence: number,
            createdUnixMs,
            columns: {
              cities,
              sensors,
              baseMs,
              cityIndex,
              observedOffsetMs: offsets,
              ...(temperature && { temperature }),
              ...(humidity && { humidity }),
              ...(wind && { wind }),
              ...(sensorIndex && { sensorIndex }),
            },
          }),
      ),
  );

/** The first message of a stream. */
export const streamStart: fc.Arbitrary<Uint8Array> = fc
  .record({
    producerId: fc.oneof({ weight: 4, arbitrary: fc.constantFrom('feed', '') }, fc.string({ maxLength: 70 })),
    session: fc.bigInt({ min: 0n, max: 3n }),
    returnTokens: fc.boolean(),
  })
  .map((value) =>
    toBinary(IngestStreamRequestSchema, create(IngestStreamRequestSchema, { message: { case: 'start', value } })),
  );

/** A unary request of rows. */
export const unaryRequest: fc.Arbitrary<Uint8Array> = fc
  .record({
    producerId: fc.constantFrom('feed', '', 'unary'),
    sequence,
    createdMs,
    rows: fc.array(
      fc.record({
        cityId: city,
        sensorId: sensor,
        observedMs: fc.option(observedMs),
        temperature: fc.option(value),
        humidity: fc.option(value),
        wind: fc.option(value),
      }),
      { maxLength: 12 },
    ),
  })
  .map(({ producerId, sequence: number, createdMs: created, rows }) =>
    toBinary(
      IngestRequestSchema,
      create(IngestRequestSchema, {
        batch: { producerId, session: 1n, sequence: BigInt(number), createTime: timestampFromMs(created) },
        observations: rows.map(({ cityId, sensorId, observedMs: at, temperature, humidity, wind }) => ({
          cityId,
          sensorId,
          ...(at !== null && { observeTime: timestampFromMs(at) }),
          ...(temperature !== null && { temperatureCelsius: temperature }),
          ...(humidity !== null && { relativeHumidityPercent: humidity }),
          ...(wind !== null && { windSpeedMps: wind }),
        })),
      }),
    ),
  );

/** Seeds of a grammar: always the same inputs. */
export function drawn(arbitrary: fc.Arbitrary<Uint8Array>, count: number): Uint8Array[] {
  return fc.sample(arbitrary, { numRuns: count, seed: 20_250_615 });
}

function indices(rows: number, below: number): fc.Arbitrary<Uint32Array> {
  return fc
    .array(fc.nat({ max: below - 1 }), { minLength: rows, maxLength: rows })
    .map((list) => Uint32Array.from(list));
}
