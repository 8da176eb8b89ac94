import { status } from '@grpc/grpc-js';
import type { StreamBatchInput } from '@isotherm/observation-wire';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type IngestFixture, NOW_MS, startFixture } from './testing/ingest-fixture.ts';
import { detailsOf } from './testing/status-details.ts';

const base: StreamBatchInput['columns'] = {
  cities: ['1'],
  cityIndex: Uint32Array.of(0, 0),
  baseMs: NOW_MS,
  observedOffsetMs: Uint32Array.of(0, 1),
};
const two = Int32Array.of(1, 2);

/** Each: what is wrong, the columns, the field that is named. */
const BAD_SHAPES: readonly (readonly [string, StreamBatchInput['columns'], string])[] = [
  ['times fewer than rows', { ...base, observedOffsetMs: Uint32Array.of(0) }, 'columns.observed_offset_ms'],
  ['sensors fewer than rows', { ...base, sensorIndex: Uint32Array.of(0) }, 'columns.sensor_index'],
  [
    'temperatures more than rows',
    { ...base, temperature: { scale: 1, unscaled: Int32Array.of(1, 2, 3) } },
    'columns.temperature_celsius',
  ],
  ['winds fewer than rows', { ...base, wind: { values: Float64Array.of(1) } }, 'columns.wind_speed_mps'],
  ['a scale of 7', { ...base, humidity: { scale: 7, unscaled: two } }, 'columns.relative_humidity_percent.scale'],
  [
    'missing rows that do not ascend',
    { ...base, wind: { scale: 0, unscaled: two, missingRows: Uint32Array.of(1, 0) } },
    'columns.wind_speed_mps.missing_rows',
  ],
  [
    'missing rows named twice',
    { ...base, wind: { scale: 0, unscaled: two, missingRows: Uint32Array.of(1, 1) } },
    'columns.wind_speed_mps.missing_rows',
  ],
  [
    'missing rows beyond the batch',
    { ...base, wind: { scale: 0, unscaled: two, missingRows: Uint32Array.of(2) } },
    'columns.wind_speed_mps.missing_rows',
  ],
  [
    'missing rows of a column without entries',
    { ...base, wind: { values: new Float64Array(), missingRows: Uint32Array.of(0) } },
    'columns.wind_speed_mps',
  ],
];

describe('A batch with', () => {
  let fixture: IngestFixture;
  beforeAll(async () => {
    fixture = await startFixture();
  });
  afterAll(() => fixture[Symbol.asyncDispose]());

  it.each(BAD_SHAPES)('%s is refused by field, and the stream goes on', async (_, columns, field) => {
    const stream = fixture.client.openStream();
    stream.send({ sequence: 1, createdUnixMs: NOW_MS, columns });
    stream.send({
      sequence: 2,
      createdUnixMs: NOW_MS,
      columns: { ...base, cities: [], wind: { scale: 0, unscaled: two } },
    });
    const [refused, kept] = [await stream.next(), await stream.next()];
    expect(refused).toMatchObject({
      sequence: 1n,
      result: { case: 'error', value: { code: status.INVALID_ARGUMENT } },
    });
    const details = detailsOf(refused.result.case === 'error' ? refused.result.value : undefined);
    expect(details.reason).toBe('BATCH_INVALID');
    expect(details.violations.map((violation) => violation.field)).toContain(field);
    expect(kept).toMatchObject({ sequence: 2n, result: { case: 'ack', value: { accepted: 2 } } });
    stream.end();
    expect(await stream.ended).toBeUndefined();
  });

  it('both encodings of a column is refused by field', async () => {
    const failure = await fixture.client
      .ingest({
        columns: {
          cities: ['1'],
          cityIndex: [0],
          observedOffsetMs: [0],
          windSpeedMps: { unscaled: [1], values: [1] },
        },
      })
      .catch((error: unknown) => error);
    expect(failure).toMatchObject({ code: status.INVALID_ARGUMENT });
    expect(detailsOf((failure as { status: Parameters<typeof detailsOf>[0] }).status).violations[0]?.field).toBe(
      'columns.wind_speed_mps',
    );
  });

  it('more cities than a dictionary may have ends its stream by the setting that says so', async () => {
    await using small = await startFixture({ limits: { maxDictionaryEntries: 2 } });
    const stream = small.client.openStream();
    const batch = (sequence: number, cities: string[]) =>
      stream.send({ sequence, createdUnixMs: NOW_MS, columns: { ...base, cities, wind: { scale: 0, unscaled: two } } });
    batch(1, ['a', 'b']);
    batch(2, ['c']);
    expect(await stream.next()).toMatchObject({ result: { case: 'ack', value: { accepted: 2 } } });
    const failure = await stream.ended;
    expect(failure?.code).toBe(status.INVALID_ARGUMENT);
    expect(detailsOf(failure?.status)).toMatchObject({
      reason: 'DICTIONARY_FULL',
      metadata: { setting: 'maxDictionaryEntries' },
    });
  });

  it('nothing in it is acked as nothing', async () => {
    expect(await fixture.client.ingest({})).toMatchObject({ accepted: 0, rejected: 0 });
  });
});

describe('The identity of a batch', () => {
  const columns = {
    cities: ['1'],
    cityIndex: [0],
    baseUnixMs: BigInt(NOW_MS),
    observedOffsetMs: [0],
    windSpeedMps: { unscaled: [1] },
  };
  const createTime = { seconds: BigInt(NOW_MS / 1000), nanos: 0 };

  it.each([
    ['a producer id of 65 bytes', { producerId: 'p'.repeat(65), sequence: 1n, createTime }, 'batch.producer_id'],
    ['no create_time', { producerId: 'p', sequence: 1n }, 'batch.create_time'],
    [
      'a create_time an hour ahead',
      { producerId: 'p', sequence: 1n, createTime: { ...createTime, seconds: createTime.seconds + 3600n } },
      'batch.create_time',
    ],
    ['sequence 0', { producerId: 'p', sequence: 0n, createTime }, 'batch.sequence'],
    ['a sequence of 2^53', { producerId: 'p', sequence: 2n ** 53n, createTime }, 'batch.sequence'],
  ])('with %s is refused by field', async (_, batch, field) => {
    await using fixture = await startFixture();
    const failure = await fixture.client.ingest({ batch, columns }).catch((error: unknown) => error);
    expect(failure).toMatchObject({ code: status.INVALID_ARGUMENT });
    const { violations } = detailsOf((failure as { status: Parameters<typeof detailsOf>[0] }).status);
    expect(violations.map((violation) => violation.field)).toEqual([field]);
    expect((await fixture.contents()).rows).toEqual([]);
  });

  it('does not matter without a producer', async () => {
    await using fixture = await startFixture();
    expect(await fixture.client.ingest({ batch: { sequence: 0n }, columns })).toMatchObject({ accepted: 1 });
  });
});
