import { create } from '@bufbuild/protobuf';
import { type Observation, ObservationSchema } from '@isotherm/contracts/ingest/v1/observation';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { columnsOfRows, rowsOfColumns } from './observation-rows.ts';

const value = fc.option(fc.double(), { nil: undefined });

const observation: fc.Arbitrary<Observation> = fc
  .record({
    cityId: fc.string({ maxLength: 6 }),
    sensorId: fc.constantFrom('', 'a', 'b'),
    observedMs: fc.option(fc.integer({ min: -(2 ** 45), max: 2 ** 45 }), { nil: undefined }),
    temperatureCelsius: value,
    relativeHumidityPercent: value,
    windSpeedMps: value,
  })
  .map(({ observedMs, ...fields }) => {
    const defined = Object.fromEntries(Object.entries(fields).filter(([, field]) => field !== undefined));
    const message = create(ObservationSchema, defined);
    if (observedMs === undefined) return message;
    const seconds = Math.floor(observedMs / 1000);
    message.observeTime = {
      $typeName: 'google.protobuf.Timestamp',
      seconds: BigInt(seconds),
      nanos: (observedMs - seconds * 1000) * 1e6,
    };
    return message;
  });

describe('Rows as columns', () => {
  it('are the same rows again', () => {
    fc.assert(
      fc.property(fc.array(observation, { maxLength: 20 }), (rows) => {
        expect(rowsOfColumns(columnsOfRows(rows))).toEqual(rows);
      }),
    );
  });

  it('name a city once', () => {
    const rows = ['x', 'y', 'x'].map((cityId) => create(ObservationSchema, { cityId }));
    const columns = columnsOfRows(rows);
    expect(columns.cities).toEqual(['x', 'y']);
    expect([...columns.cityIndex]).toEqual([0, 1, 0]);
    expect(columns.observedOffsetMs).toEqual(Float64Array.of(Number.NaN, Number.NaN, Number.NaN));
  });
});
