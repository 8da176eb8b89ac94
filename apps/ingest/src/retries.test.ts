import { create } from '@bufbuild/protobuf';
import { RejectReason } from '@isotherm/contracts/ingest/v1/ingest_service';
import { ObservationSchema } from '@isotherm/contracts/ingest/v1/observation';
import { describe, expect, it } from 'vitest';
import { connectIngest } from './testing/ingest-client.ts';
import { type IngestFixture, type LoggedSlice, NOW_MS, startFixture } from './testing/ingest-fixture.ts';
import { connectReplay } from './testing/replay-client.ts';

const seconds = BigInt(NOW_MS / 1000);
const observeTime = { seconds, nanos: 0 };
const batch = { producerId: 'feed', session: 7n, sequence: 1n, createTime: { seconds, nanos: 0 } };
const observations = Array.from({ length: 30 }, (_, index) => ({
  cityId: index % 2 === 0 ? String(index) : `city-${index}`,
  observeTime,
  temperatureCelsius: index === 7 ? 300 : index / 4,
  ...(index % 3 === 0 ? { windSpeedMps: index / 8 } : {}),
}));

/** Digests of the slices of a batch, by partition. */
function digests(slices: readonly LoggedSlice[], sequence: number): Map<number, Set<string>> {
  const found = new Map<number, Set<string>>();
  for (const slice of slices) {
    if (slice.sequence !== sequence) continue;
    found.set(slice.partition, (found.get(slice.partition) ?? new Set()).add(slice.digest));
  }
  return found;
}

async function slicesOf(fixture: IngestFixture): Promise<LoggedSlice[]> {
  return (await fixture.contents()).slices;
}

describe('A batch that is sent again', () => {
  it('is recognised, and its slices have the digests they had', async () => {
    await using fixture = await startFixture();
    expect(await fixture.client.ingest({ batch, observations })).toMatchObject({
      duplicate: false,
      accepted: 29,
      rejected: 1,
    });
    expect(await fixture.client.ingest({ batch, observations })).toMatchObject({
      duplicate: true,
      accepted: 29,
      rejected: 1,
    });
    const slices = await slicesOf(fixture);
    const partitions = digests(slices, 1);
    expect(slices).toHaveLength(2 * partitions.size);
    for (const digest of partitions.values()) expect(digest.size).toBe(1);
  });

  it('has the same digests in another order, in columns, and as integers of another scale', async () => {
    await using fixture = await startFixture();
    await fixture.client.ingest({ batch, observations });
    await fixture.client.ingest({ batch, observations: [...observations].reverse() });
    const rows = observations.map((row) => create(ObservationSchema, row));
    const missingRows = rows.flatMap((row, index) => (row.windSpeedMps === undefined ? [index] : []));
    await fixture.client.ingest({
      batch,
      columns: {
        cities: rows.map(({ cityId }) => cityId),
        cityIndex: rows.map((_, index) => index),
        baseUnixMs: BigInt(NOW_MS - 5),
        observedOffsetMs: rows.map(() => 5),
        temperatureCelsius: { scale: 4, unscaled: rows.map((row) => Math.round((row.temperatureCelsius ?? 0) * 1e4)) },
        windSpeedMps: { values: rows.map((row) => row.windSpeedMps ?? 999), missingRows },
      },
    });
    const slices = await slicesOf(fixture);
    const partitions = digests(slices, 1);
    expect(slices).toHaveLength(3 * partitions.size);
    for (const digest of partitions.values()) expect(digest.size).toBe(1);
  });

  it('with another sensor alone is in conflict', async () => {
    await using fixture = await startFixture();
    const sensed = (sensorId: string) => [{ ...observations[0]!, sensorId }];
    await fixture.client.ingest({ batch, observations: sensed('roof') });
    for (const other of [sensed('cellar'), sensed(''), observations.slice(0, 1)]) {
      const { ack } = await fixture.client.ingest({ batch, observations: other }).then((answer) => ({ ack: answer }));
      expect(ack).toMatchObject({ accepted: 0, rejected: 1, duplicate: false });
      expect(ack.rejections.map(({ reason }) => reason)).toEqual([RejectReason.SEQUENCE_CONFLICT]);
    }
    expect(await fixture.client.ingest({ batch, observations: sensed('roof') })).toMatchObject({ duplicate: true });
  });

  it('with other content is in conflict in every partition, also in those that the first content did not touch', async () => {
    await using fixture = await startFixture();
    await fixture.client.ingest({ batch, observations: observations.slice(0, 1) });
    expect(await fixture.client.ingest({ batch, observations })).toMatchObject({ accepted: 0, rejected: 30 });
    const { rejected, slices } = await fixture.contents();
    expect(rejected.filter(({ reason }) => reason === RejectReason.SEQUENCE_CONFLICT)).toHaveLength(30);
    expect(new Set(slices.map(({ partition }) => partition)).size).toBeGreaterThan(1);
    const next = { ...batch, sequence: 2n };
    expect(await fixture.client.ingest({ batch: next, observations })).toMatchObject({ accepted: 29, rejected: 1 });
  });

  it('has other digests with other content, and is not taken for the same', async () => {
    await using fixture = await startFixture();
    await fixture.client.ingest({ batch, observations: observations.slice(0, 1) });
    const changed = [{ ...observations[0]!, temperatureCelsius: 0.01 }];
    expect(await fixture.client.ingest({ batch, observations: changed })).toMatchObject({ duplicate: false });
    expect([...digests(await slicesOf(fixture), 1).values()].map((found) => found.size)).toEqual([2]);
  });

  it('is another batch for another session', async () => {
    await using fixture = await startFixture();
    await fixture.client.ingest({ batch, observations });
    const later = await fixture.client.ingest({ batch: { ...batch, session: 8n }, observations });
    expect(later.duplicate).toBe(false);
  });

  it('without a producer is never recognised', async () => {
    await using fixture = await startFixture();
    await fixture.client.ingest({ observations });
    expect(await fixture.client.ingest({ observations })).toMatchObject({ duplicate: false, accepted: 29 });
  });

  it('an hour after it was made has every row rejected, and none is lost', async () => {
    await using fixture = await startFixture();
    fixture.clock.nowMs = NOW_MS + 3_600_000;
    expect(await fixture.client.ingest({ batch, observations })).toMatchObject({ accepted: 29 });
    fixture.clock.nowMs += 1;
    const ack = await fixture.client.ingest({ batch, observations });
    expect([ack.accepted, ack.rejected]).toEqual([0, 30]);
    expect(new Set(ack.rejections.map(({ reason }) => reason))).toEqual(new Set([RejectReason.BATCH_EXPIRED]));
    const { rejected } = await fixture.contents();
    expect(rejected.filter(({ reason }) => reason === RejectReason.BATCH_EXPIRED)).toHaveLength(30);
  });
});

describe('Batches of two tenants with the same producer id, session and sequence', () => {
  const TOKENS = { north: 'token-of-the-north', south: 'token-of-the-south' };
  const tenants = { tenants: Object.entries(TOKENS).map(([name, token]) => ({ name, tokens: [token] })) };

  it('are none of them a duplicate of the other, in unary calls and in streams, and the log names whose they are', async () => {
    await using fixture = await startFixture({ tenants });
    const { port } = fixture.ingest.address;
    const clients = Object.values(TOKENS).map((token) => connectIngest(port, token));
    for (const client of clients) {
      expect(await client.ingest({ batch, observations })).toMatchObject({ duplicate: false, accepted: 29 });
      expect(await client.ingest({ batch, observations })).toMatchObject({ duplicate: true });
      const stream = client.openStream({ producerId: 'feed', session: 7n });
      stream.send({
        sequence: 2,
        createdUnixMs: NOW_MS,
        columns: {
          cities: ['berlin'],
          cityIndex: Uint32Array.of(0),
          baseMs: NOW_MS,
          observedOffsetMs: Uint32Array.of(0),
          wind: { scale: 0, unscaled: Int32Array.of(1) },
        },
      });
      expect((await stream.next()).result).toMatchObject({ case: 'ack', value: { duplicate: false } });
      stream.end();
      await stream.ended;
      client.close();
    }
    const slices = await slicesOf(fixture);
    expect(new Set(slices.map(({ tenant }) => tenant))).toEqual(new Set(['north', 'south']));
    for (const name of Object.keys(TOKENS)) {
      expect(slices.filter(({ tenant, sequence }) => tenant === name && sequence === 2)).toHaveLength(1);
    }
  });

  it('have their letters replayed as theirs', async () => {
    await using fixture = await startFixture();
    const replays = connectReplay(fixture.ingest.address.port);
    await fixture.client.ingest({ observations: [{ cityId: 'somewhere', observeTime, temperatureCelsius: 1 }] });
    const [{ partition, offset } = { partition: 0, offset: 0 }] = await slicesOf(fixture);
    const letter = (tenant: string, row: number) => ({
      partition,
      offset: BigInt(offset),
      row,
      attempt: 1,
      tenant,
      firstSeenTime: observeTime,
      observation: { cityId: 'somewhere', observeTime, temperatureCelsius: row },
    });
    await replays.replay(letter('north', 0), letter('south', 1), letter('north', 2));
    replays.close();
    expect((await slicesOf(fixture)).slice(1).map(({ tenant, rows }) => [tenant, rows])).toEqual([
      ['north', 1],
      ['south', 1],
      ['north', 1],
    ]);
  });
});
