import { create } from '@bufbuild/protobuf';
import { RejectReason } from '@isotherm/contracts/ingest/v1/ingest_service';
import { ObservationSchema } from '@isotherm/contracts/ingest/v1/observation';
import { describe, expect, it } from 'vitest';
import { type IngestFixture, type LoggedSlice, NOW_MS, startFixture } from './testing/ingest-fixture.ts';

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
