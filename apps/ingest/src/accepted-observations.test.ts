import { partitionOf } from '@isotherm/placement';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type IngestFixture, NOW_MS, openTemporaryLog, startFixture } from './testing/ingest-fixture.ts';

const SECONDS = BigInt(NOW_MS / 1000);
const observeTime = { seconds: SECONDS, nanos: 0 };

describe('An accepted observation', () => {
  let fixture: IngestFixture;
  beforeEach(async () => {
    fixture = await startFixture();
  });
  afterEach(() => fixture[Symbol.asyncDispose]());

  it('is in the log of its partition, exactly as it was sent', async () => {
    const observations = [
      { cityId: '2657896', observeTime, temperatureCelsius: 21.57, relativeHumidityPercent: 40, windSpeedMps: 3.1 },
      {
        cityId: 'Zürich',
        sensorId: 'roof',
        observeTime: { seconds: SECONDS - 60n, nanos: 5_000_000 },
        windSpeedMps: 0,
      },
      { cityId: '2657896', observeTime, temperatureCelsius: 21.123456789 },
    ];
    const ack = await fixture.client.ingest({ observations });
    expect([ack.accepted, ack.rejected, ack.duplicate]).toEqual([3, 0, false]);
    const { rows } = await fixture.contents();
    const missing = { temperature: undefined, humidity: undefined, wind: undefined, sensorId: undefined };
    expect(new Set(rows)).toEqual(
      new Set([
        {
          ...missing,
          cityId: '2657896',
          observedMs: NOW_MS,
          temperature: 21.57,
          humidity: 40,
          wind: 3.1,
          partition: partitionOf('2657896', 8),
        },
        {
          ...missing,
          cityId: 'Zürich',
          observedMs: NOW_MS - 60_000 + 5,
          wind: 0,
          sensorId: 'roof',
          partition: partitionOf('Zürich', 8),
        },
        {
          ...missing,
          cityId: '2657896',
          observedMs: NOW_MS,
          temperature: 21.123456789,
          partition: partitionOf('2657896', 8),
        },
      ]),
    );
  });

  it('keeps a missing value missing and never counts it as 0', async () => {
    await fixture.client.ingest({ observations: [{ cityId: '5', observeTime, temperatureCelsius: 1 }] });
    const { rows } = await fixture.contents();
    expect([rows[0]?.humidity, rows[0]?.wind]).toEqual([undefined, undefined]);
  });

  it('comes in columns as well, beside rows, and rows are numbered first', async () => {
    const ack = await fixture.client.ingest({
      observations: [{ cityId: 'a', observeTime, temperatureCelsius: 1 }],
      columns: {
        cities: ['b', 'c'],
        cityIndex: [1, 0, 9],
        baseUnixMs: BigInt(NOW_MS),
        observedOffsetMs: [0, 1, 2],
        temperatureCelsius: { scale: 1, unscaled: [10, 20, 30], missingRows: [1] },
        windSpeedMps: { values: [1.5, 2.25, 3], missingRows: [0] },
      },
    });
    expect([ack.accepted, ack.rejected]).toEqual([3, 1]);
    expect(ack.rejections.map(({ row }) => row)).toEqual([3]);
    const { rows } = await fixture.contents();
    const found = Object.fromEntries(rows.map((row) => [row.cityId, [row.temperature, row.wind]]));
    expect(found).toEqual({ a: [1, undefined], b: [undefined, 2.25], c: [1, undefined] });
  });

  it('hands out a read token that names its record', async () => {
    const ack = await fixture.client.ingest({ observations: [{ cityId: '7', observeTime, windSpeedMps: 1 }] });
    const partition = partitionOf('7', 8);
    expect(ack.readToken?.incarnation).toBe(fixture.log.incarnation);
    expect([ack.readToken?.partitions, ack.readToken?.offsets]).toEqual([[partition], [0n]]);
  });

  it('keeps times that lie 40 years apart to the millisecond', async () => {
    const old = { seconds: BigInt(Date.UTC(1985, 0, 1) / 1000), nanos: 7_000_000 };
    const cities = Array.from({ length: 20 }, (_, city) => String(city));
    const observations = cities.flatMap((cityId) => [
      { cityId, observeTime, windSpeedMps: 1 },
      { cityId, observeTime: old, windSpeedMps: 2 },
    ]);
    await fixture.client.ingest({ observations });
    const { rows } = await fixture.contents();
    expect(rows).toHaveLength(40);
    for (const row of rows) expect(row.observedMs).toBe(row.wind === 1 ? NOW_MS : Date.UTC(1985, 0, 1) + 7);
  });
});

describe('A stream over a log on disk', () => {
  it('acks every batch once it is durable and keeps every row', async () => {
    const { log, remove } = await openTemporaryLog();
    const fixture = await startFixture({ log });
    const stream = fixture.client.openStream({ producerId: 'feed', session: 1n, returnTokens: true });
    const batches = 40;
    const rowsPerBatch = 100;
    for (let sequence = 1; sequence <= batches; sequence += 1) {
      stream.send({
        sequence,
        createdUnixMs: NOW_MS,
        columns: {
          cities: sequence === 1 ? Array.from({ length: rowsPerBatch }, (_, city) => String(1000 + city)) : [],
          cityIndex: Uint32Array.from({ length: rowsPerBatch }, (_, row) => row),
          baseMs: NOW_MS,
          observedOffsetMs: new Uint32Array(rowsPerBatch).fill(sequence),
          temperature: { scale: 2, unscaled: new Int32Array(rowsPerBatch).fill(sequence) },
        },
      });
    }
    const answers = [];
    for (let count = 0; count < batches; count += 1) answers.push(await stream.next());
    stream.end();
    expect(await stream.ended).toBeUndefined();
    expect(answers.map(({ sequence }) => Number(sequence))).toEqual(Array.from({ length: batches }, (_, i) => i + 1));
    expect(answers.every(({ result }) => result.case === 'ack' && result.value.accepted === rowsPerBatch)).toBe(true);
    const { rows, slices } = await fixture.contents();
    expect(rows).toHaveLength(batches * rowsPerBatch);
    for (const row of rows) expect(row.temperature).toBe((row.observedMs - NOW_MS) / 100);
    expect(slices.every(({ producerId }) => producerId === 'feed')).toBe(true);
    expect(fixture.ingest.stats()).toMatchObject({ acceptedObservations: 4000, ackedBatches: 40, pendingBytes: 0 });
    await fixture[Symbol.asyncDispose]();
    await remove();
  });
});
