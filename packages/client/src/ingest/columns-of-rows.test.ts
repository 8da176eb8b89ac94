import { fromBinary } from '@bufbuild/protobuf';
import { IngestStreamRequestSchema } from '@isotherm/contracts/ingest/v1/ingest_service';
import type { DecimalColumn } from '@isotherm/contracts/ingest/v1/observation';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { columnsOfRows } from './columns-of-rows.ts';
import { createDictionary } from './dictionary.ts';
import type { Observation } from './observation.ts';
import { encodeStreamBatch } from './stream-encoder.ts';

const value = fc.option(
  fc.oneof(
    fc.integer({ min: -9000, max: 9000 }).map((hundredths) => hundredths / 100),
    fc.double(),
    fc.constantFrom(0, -0, 21.475, 1e300, Number.NaN, Number.POSITIVE_INFINITY),
  ),
  { nil: undefined },
);
const observation: fc.Arbitrary<Observation> = fc.record({
  cityId: fc.constantFrom('a', 'b', 'São Paulo', '2950159'),
  observeTime: fc.integer({ min: 1_700_000_000_000, max: 1_703_000_000_000 }),
  temperatureCelsius: value,
  relativeHumidityPercent: value,
  windSpeedMps: value,
  sensorId: fc.option(fc.constantFrom('s1', 's2', ''), { nil: undefined }),
});

/** Value of a row as the wire has it. */
function wireValue(column: DecimalColumn | undefined, row: number): number | undefined {
  if (column === undefined || column.missingRows.includes(row)) return undefined;
  return column.values.length > 0 ? column.values[row] : (column.unscaled[row] ?? 0) / 10 ** column.scale;
}

describe('rows as columns', () => {
  it('come off the wire as they were, to the last bit, missing values missing', () => {
    fc.assert(
      fc.property(fc.array(observation, { minLength: 1, maxLength: 30 }), (rows) => {
        const cities = createDictionary();
        const sensors = createDictionary();
        const columns = columnsOfRows(rows, {
          cityIndex: (city) => cities.indexOf(city),
          sensorIndex: (sensor) => sensors.indexOf(sensor) + 1,
        });
        const names = { cities: cities.slice(0, cities.size), sensors: sensors.slice(0, sensors.size) };
        const bytes = encodeStreamBatch({ sequence: 9, createdUnixMs: 1_700_000_000_000, ...names, columns });
        const { message } = fromBinary(IngestStreamRequestSchema, bytes);
        if (message.case !== 'batch') throw new Error('no batch');
        const read = message.value.columns!;
        for (const [row, expected] of rows.entries()) {
          expect({
            cityId: read.cities[read.cityIndex[row]!],
            observeTime: Number(read.baseUnixMs) + read.observedOffsetMs[row]!,
            temperatureCelsius: wireValue(read.temperatureCelsius, row),
            relativeHumidityPercent: wireValue(read.relativeHumidityPercent, row),
            windSpeedMps: wireValue(read.windSpeedMps, row),
            sensorId: read.sensors[(read.sensorIndex[row] ?? 0) - 1] ?? '',
          }).toEqual({
            ...expected,
            temperatureCelsius: plus(expected.temperatureCelsius),
            relativeHumidityPercent: plus(expected.relativeHumidityPercent),
            windSpeedMps: plus(expected.windSpeedMps),
            sensorId: expected.sensorId ?? '',
          });
        }
      }),
    );
  });

  it('are integers where two decimals say it all, and need no column for what nobody measured', () => {
    const dictionaries = { cityIndex: () => 0, sensorIndex: () => 1 };
    const columns = columnsOfRows(
      [
        { cityId: 'a', observeTime: 5, temperatureCelsius: 20.55 },
        { cityId: 'a', observeTime: new Date(7) },
      ],
      dictionaries,
    );
    expect(columns).toEqual({
      cityIndex: Uint32Array.of(0, 0),
      baseUnixMs: 5,
      observedOffsetMs: Uint32Array.of(0, 2),
      temperatureCelsius: { scale: 2, unscaled: Int32Array.of(2055, 0), missingRows: Uint32Array.of(1) },
    });
  });
});

/** Zero has one sign among decimals. */
function plus(number: number | undefined): number | undefined {
  return number === 0 ? expect.toSatisfy((value: unknown) => value === 0) : number;
}
