import { status } from '@grpc/grpc-js';
import { createIsothermClient } from '@isotherm/client';
import { createPartitionState, DEFAULT_RESULT_SETTINGS, type PartitionState } from '@isotherm/domain';
import { allPartitions, createMemoryLog, type Log } from '@isotherm/log';
import { partitionOf } from '@isotherm/placement';
import { createRecordReader } from '@isotherm/records';
import { systemRuntime } from '@isotherm/runtime';
import { describe, expect, it } from 'vitest';
import type { CallFailure } from './testing/ingest-client.ts';
import { NOW_MS, startFixture } from './testing/ingest-fixture.ts';
import { type LossKind, losePartitions } from './testing/lose-partitions.ts';
import { detailsOf } from './testing/status-details.ts';

const PARTITIONS = 4;
const time = { seconds: BigInt(NOW_MS / 1000), nanos: 0 };
const batch = { producerId: 'feed', session: 7n, sequence: 1n, createTime: time };
/** Twelve rows of as many cities; the fifth breaks a rule. */
const observations = Array.from({ length: 12 }, (_, row) => ({
  cityId: `city ${row}`,
  observeTime: time,
  temperatureCelsius: row === 4 ? 400 : row,
}));
const partitions = observations.map(({ cityId }) => partitionOf(cityId, PARTITIONS));

/** Applies all that a log holds, as compute does. */
async function applied(log: Log): Promise<PartitionState[]> {
  const reader = createRecordReader();
  const extents = await log.extents(allPartitions(PARTITIONS));
  const states: PartitionState[] = [];
  for (const [partition, { end }] of extents) {
    const state = createPartitionState({ partition, settings: DEFAULT_RESULT_SETTINGS });
    for (let offset = 0; offset < end; offset += 1) {
      const entry = (await log.readAt(partition, offset))!;
      state.apply(entry, reader.decode(entry.bytes));
    }
    states.push(state);
  }
  return states;
}

const sumOf = (states: readonly PartitionState[], name: 'applied' | 'duplicate' | 'rejected') =>
  states.reduce((sum, { counters }) => sum + counters[name], 0);

describe('A group that is kept in part', () => {
  it.each<LossKind>(['notKept', 'unknown'])(
    'names the rows that are not kept (%s), and the whole batch sent again under its sequence counts once',
    async (kind) => {
      const { log, lost } = losePartitions(createMemoryLog({ partitionCount: PARTITIONS, now: () => NOW_MS }));
      await using fixture = await startFixture({ log });
      // The rejected row's partition and another one.
      const away = new Set([partitions[4]!, partitions.find((partition) => partition !== partitions[4])!]);
      for (const partition of away) lost.set(partition, kind);
      const failure = await fixture.client.ingest({ batch, observations }).then(
        () => undefined,
        (thrown: CallFailure) => thrown,
      );
      expect(failure?.code).toBe(status.UNAVAILABLE);
      const details = detailsOf(failure?.status);
      const unkept = partitions.flatMap((partition, row) => (away.has(partition) ? [row] : []));
      expect(details).toMatchObject({ reason: 'BATCH_PARTLY_KEPT', retryAfterMs: 700 });
      expect(details.metadata).toMatchObject({ rowCount: String(unkept.length), cause: 'LOG_LEADER_AWAY' });
      expect(rowsIn(details.metadata['rows'])).toEqual(unkept);
      expect(failure?.message).toContain(`${unkept.length} of the batch's 12 rows may not be kept: `);
      lost.clear();
      const ack = await fixture.client.ingest({ batch, observations });
      expect([ack.accepted, ack.rejected]).toEqual([11, 1]);
      expect(ack.readToken?.partitions).toEqual([...new Set(partitions)].sort((a, b) => a - b));
      const states = await applied(log);
      expect([sumOf(states, 'applied'), sumOf(states, 'rejected')]).toEqual([11, 1]);
      const again = kind === 'unknown' ? 11 : partitions.filter((p, row) => row !== 4 && !away.has(p)).length;
      expect(sumOf(states, 'duplicate')).toBe(again);
      expect(fixture.ingest.stats()).toMatchObject({ failedBatches: 1, ackedBatches: 1 });
    },
  );

  it('acks the batches of a stream that are whole, and answers each of the others with its own rows', async () => {
    const { log, lost } = losePartitions(createMemoryLog({ partitionCount: PARTITIONS, now: () => NOW_MS }));
    await using fixture = await startFixture({ log, limits: { groupWindowMs: 20, maxGroupsInFlight: 1 } });
    const away = partitions[0]!;
    lost.set(away, 'unknown');
    const elsewhere = observations.filter((_, row) => partitions[row] !== away).map(({ cityId }) => cityId);
    const cities = [observations[0]!.cityId, ...elsewhere];
    const stream = fixture.client.openStream({ producerId: 'feed', session: 1n });
    const rowsOf = [[1, 2], [1, 0, 2], [0]];
    for (const [index, cityIndex] of rowsOf.entries()) {
      stream.send({
        sequence: index + 1,
        createdUnixMs: NOW_MS,
        columns: {
          cities: index === 0 ? cities : [],
          cityIndex: Uint32Array.from(cityIndex),
          baseMs: NOW_MS,
          observedOffsetMs: new Uint32Array(cityIndex.length),
          wind: { scale: 0, unscaled: new Int32Array(cityIndex.length) },
        },
      });
    }
    const answers = [await stream.next(), await stream.next(), await stream.next()].map(({ result }) => result);
    expect(answers[0]).toMatchObject({ case: 'ack', value: { accepted: 2 } });
    const errorOf = (index: number) => {
      const answer = answers[index]!;
      return detailsOf(answer.case === 'error' ? answer.value : undefined);
    };
    expect(errorOf(1)).toMatchObject({ reason: 'BATCH_PARTLY_KEPT', metadata: { rows: '1', rowCount: '1' } });
    // Nothing of it is kept: there are no rows to tell apart.
    expect(errorOf(2)).toMatchObject({ reason: 'LOG_LEADER_AWAY', retryAfterMs: 700 });
    stream.end();
    await stream.ended;
  });
});

describe('The client', () => {
  it.each<LossKind>(['notKept', 'unknown'])(
    'sends a batch that was kept in part (%s) again by itself, whole and under its sequence, until it is acked',
    async (kind) => {
      const { log, lost, groups } = losePartitions(createMemoryLog({ partitionCount: PARTITIONS }));
      await using fixture = await startFixture({ log, runtime: systemRuntime });
      const { port } = fixture.ingest.address;
      await using client = createIsothermClient({
        ingestUrl: `http://127.0.0.1:${port}`,
        retry: { initialDelayMs: 1 },
      });
      const stream = client.openStream({ session: 3n });
      lost.set(partitions[0]!, kind);
      const observeTime = Date.now();
      const rows = partitions.map((_, row) => ({ cityId: `city ${row}`, observeTime, temperatureCelsius: row }));
      const sent = await stream.write(rows);
      await expect.poll(() => groups.lost).toBeGreaterThan(0);
      lost.clear();
      expect(await sent.result).toMatchObject({ sequence: 1, accepted: 12, rejected: 0 });
      await stream.close();
      expect(sumOf(await applied(log), 'applied')).toBe(12);
    },
  );
});

/** The numbers of `0-3,7`. */
function rowsIn(ranges: string | undefined): number[] {
  return (ranges ?? '').split(',').flatMap((range) => {
    const [first = Number.NaN, last = first] = range.split('-').map(Number);
    return Array.from({ length: last - first + 1 }, (_, i) => first + i);
  });
}
