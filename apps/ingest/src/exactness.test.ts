import { create, type MessageInitShape } from '@bufbuild/protobuf';
import {
  type Observation,
  type ObservationColumnsSchema,
  ObservationSchema,
} from '@isotherm/contracts/ingest/v1/observation';
import { partitionOf } from '@isotherm/placement';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type IngestFixture, type LoggedRow, NOW_MS, startFixture } from './testing/ingest-fixture.ts';

const cityId = fc.oneof(
  fc.nat({ max: 30 }).map(String),
  fc.constantFrom('Oslo', 'Zürich', '007', '4294967296', '東京'),
);
const within = (max: number) =>
  fc.oneof(
    fc.integer({ min: 0, max: max * 100 }).map((centi) => centi / 100),
    fc.double({ min: 0, max, noNaN: true }).map((value) => value + 0),
  );

const row = fc.record({
  cityId,
  sensorId: fc.constantFrom('', '', 'roof', 'süd'),
  observedMs: fc.oneof(
    fc.integer({ min: NOW_MS - 600_000, max: NOW_MS }),
    fc.integer({ min: Date.UTC(1980, 0, 1), max: NOW_MS }),
  ),
  temperature: fc.option(within(59), { nil: undefined }),
  humidity: fc.option(within(100), { nil: undefined }),
  wind: within(113),
});
type Row = typeof row extends fc.Arbitrary<infer T> ? T : never;

function asObservation({ cityId: city, sensorId, observedMs, temperature, humidity, wind }: Row): Observation {
  const seconds = Math.floor(observedMs / 1000);
  const observation = create(ObservationSchema, { cityId: city, sensorId, windSpeedMps: wind });
  observation.observeTime = {
    $typeName: 'google.protobuf.Timestamp',
    seconds: BigInt(seconds),
    nanos: (observedMs - seconds * 1000) * 1e6,
  };
  if (temperature !== undefined) observation.temperatureCelsius = temperature;
  if (humidity !== undefined) observation.relativeHumidityPercent = humidity;
  return observation;
}

/** Rows less than 49 days apart in columns; the values in hundredths where that is exact for all of them. */
function asColumns(rows: readonly Row[]): MessageInitShape<typeof ObservationColumnsSchema> {
  const baseMs = rows.reduce((least, { observedMs }) => Math.min(least, observedMs), NOW_MS);
  const column = (values: readonly (number | undefined)[]) => {
    const missingRows = values.flatMap((value, index) => (value === undefined ? [index] : []));
    const exact = values.every((value) => value === undefined || Math.round(value * 100) / 100 === value);
    return exact
      ? { scale: 2, unscaled: values.map((value) => Math.round((value ?? -1) * 100)), missingRows }
      : { values: values.map((value) => value ?? -1), missingRows };
  };
  const sensors = ['roof', 'süd'];
  return {
    cities: rows.map((sent) => sent.cityId),
    cityIndex: rows.map((_, index) => index),
    baseUnixMs: BigInt(baseMs),
    observedOffsetMs: rows.map(({ observedMs }) => observedMs - baseMs),
    temperatureCelsius: column(rows.map(({ temperature }) => temperature)),
    relativeHumidityPercent: column(rows.map(({ humidity }) => humidity)),
    windSpeedMps: column(rows.map(({ wind }) => wind)),
    sensors,
    sensorIndex: rows.map(({ sensorId }) => 1 + sensors.indexOf(sensorId)),
  };
}

function textOf(logged: LoggedRow): string {
  const { partition, cityId: city, observedMs, temperature, humidity, wind, sensorId } = logged;
  return [partition, city, observedMs, temperature, humidity, wind, sensorId].join(' ');
}

function expected(sent: Row): string {
  const { cityId: city, sensorId, observedMs, temperature, humidity, wind } = sent;
  const partition = partitionOf(city, 8);
  return textOf({ partition, cityId: city, observedMs, temperature, humidity, wind, sensorId: sensorId || undefined });
}

describe('Whatever comes in one group', () => {
  let fixture: IngestFixture;
  beforeAll(async () => {
    fixture = await startFixture();
  });
  afterAll(() => fixture[Symbol.asyncDispose]());

  it('is in the log to the last bit', async () => {
    const batches = fc.array(
      fc.record({
        inRows: fc.array(row, { maxLength: 12 }),
        recent: fc.array(row, { maxLength: 12 }),
        named: fc.boolean(),
      }),
      { minLength: 1, maxLength: 5 },
    );
    const createTime = { seconds: BigInt(NOW_MS / 1000), nanos: 0 };
    const logged: string[] = [];
    let sequence = 0n;
    await fc.assert(
      fc.asyncProperty(batches, async (sent) => {
        const prepared = sent.map(({ inRows, recent, named }, index) => ({
          inRows,
          inColumns: recent.map((one) => ({ ...one, observedMs: NOW_MS - (one.observedMs % 600_000) })),
          identity: named ? { batch: { producerId: `p${index}`, sequence: ++sequence, createTime } } : {},
        }));
        const acks = await Promise.all(
          prepared.map(({ inRows, inColumns, identity }) =>
            fixture.client.ingest({
              ...identity,
              observations: inRows.map(asObservation),
              columns: asColumns(inColumns),
            }),
          ),
        );
        const all = prepared.map(({ inRows, inColumns }) => [...inRows, ...inColumns]);
        expect(acks.map(({ accepted }) => accepted)).toEqual(all.map((rows) => rows.length));
        const found = (await fixture.contents()).rows.map(textOf);
        logged.push(...all.flat().map(expected));
        expect(found.sort()).toEqual(logged.sort());
      }),
      { numRuns: 25 },
    );
  });
});
