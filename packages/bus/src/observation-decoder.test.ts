import { create, toBinary } from '@bufbuild/protobuf';
import { timestampFromMs } from '@bufbuild/protobuf/wkt';
import { ObservationSchema } from '@isotherm/contracts/ingest/v1/observation';
import avro from 'avsc';
import { expect, it } from 'vitest';
import { createObservationDecoder } from './observation-decoder.ts';
import type { SchemaRegistry } from './schema-registry.ts';

const utf8 = (text: string) => new TextEncoder().encode(text);
const json = createObservationDecoder('json', undefined);

it('reads fields by both of their names, times as milliseconds or RFC 3339, and lists', async () => {
  const rows = await json(
    utf8(
      '[{"city_id":"a","observe_time":1500,"wind_speed_mps":0},{"cityId":"b","sensorId":"s","observeTime":"1970-01-01T01:00:01.5+01:00"}]',
    ),
  );
  expect(rows).toMatchObject([
    { cityId: 'a', sensorId: '', observeTime: timestampFromMs(1500), windSpeedMps: 0 },
    { cityId: 'b', sensorId: 's', observeTime: timestampFromMs(1500) },
  ]);
  expect(rows[1]!.temperatureCelsius).toBeUndefined();
});

it.each([
  ['{"cityId":7}', { cityId: '' }],
  ['{"temperatureCelsius":"21"}', { temperatureCelsius: Number.NaN }],
  ['{"observeTime":"2026-01-01 00:00:00"}', { observeTime: undefined }],
  ['{"observeTime":"2026-13-01T00:00:00Z"}', { observeTime: undefined }],
  ['null', { cityId: '' }],
])('what is of the wrong kind is a value that validation refuses: %s', async (text, row) => {
  const [observation] = await json(utf8(text));
  expect({ observeTime: undefined, ...observation }).toMatchObject(row);
});

it('says what is wrong with a record that cannot be read', async () => {
  const protobuf = createObservationDecoder('protobuf', undefined);
  const withRegistry = createObservationDecoder('avro', registryOf({ 1: '{"type":"int"', 2: '"string"' }));
  const cases = [
    [json, utf8('{"cityId"'), /it is no JSON: /],
    [json, Uint8Array.of(0xff, 0xfe), /it is no JSON: /],
    [protobuf, Uint8Array.of(0, 0, 0, 0, 1, 2, 4, 1), /it is not the first message of its schema/],
    [protobuf, Uint8Array.of(10, 200), /it is no isotherm\.ingest\.v1\.Observation: /],
    [createObservationDecoder('avro', undefined), Uint8Array.of(0, 0, 0, 0, 1, 2), /no schema registry is set/],
    [withRegistry, utf8('{}'), /it does not begin with 0/],
    [withRegistry, Uint8Array.of(0, 0, 0, 0, 1, 2), /schema 1 is no Avro schema/],
    [withRegistry, Uint8Array.of(0, 0, 0, 0, 2, 100), /it does not follow its schema 2/],
  ] as const;
  for (const [decode, record, sentence] of cases) await expect(decode(record)).rejects.toThrow(sentence);
});

it('reads Protobuf plain and in the wire format, and Avro by the schema of its writer', async () => {
  const observation = create(ObservationSchema, { cityId: 'a', temperatureCelsius: 1.5 });
  const bytes = toBinary(ObservationSchema, observation);
  const protobuf = createObservationDecoder('protobuf', undefined);
  for (const head of [[], [0, 0, 0, 0, 9, 0], [0, 0, 0, 0, 9, 2, 0]]) {
    expect(await protobuf(Uint8Array.of(...head, ...bytes))).toEqual([observation]);
  }
  const schema: avro.Schema = {
    type: 'record',
    name: 'R',
    fields: [
      { name: 'temperature_celsius', type: ['null', 'double'] },
      { name: 'cityId', type: 'string' },
    ],
  };
  const value = avro.Type.forSchema(schema).toBuffer({ temperature_celsius: 1.5, cityId: 'a' });
  const decode = createObservationDecoder('avro', registryOf({ 258: JSON.stringify(schema) }));
  expect(await decode(Uint8Array.of(0, 0, 0, 1, 2, ...value))).toEqual([observation]);
});

it('reads Avro times in microseconds, and unions of several numbers', async () => {
  const schema = {
    type: 'record',
    name: 'R',
    fields: [
      { name: 'observe_time', type: { type: 'long', logicalType: 'timestamp-micros' } },
      { name: 'temperature_celsius', type: ['null', 'int', 'double'] },
    ],
  } as const;
  // 1,500,000 µs as a zigzag varint, then the second branch of the union with 7, zigzag 14.
  const decode = createObservationDecoder('avro', registryOf({ 1: JSON.stringify(schema) }));
  const [row] = await decode(Uint8Array.of(0, 0, 0, 0, 1, 0xc0, 0x8d, 0xb7, 0x01, 2, 14));
  expect(row).toMatchObject({ observeTime: timestampFromMs(1500), temperatureCelsius: 7 });
});

function registryOf(texts: Readonly<Record<number, string>>): SchemaRegistry {
  return { schemaOf: async (id) => texts[id]!, register: async () => 0 };
}
