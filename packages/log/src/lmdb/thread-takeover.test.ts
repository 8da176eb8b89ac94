import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import { expect, it } from 'vitest';
import { useDirectory } from '../../test-support/temporary-log.ts';
import type { LogReader } from '../log.ts';
import { offsetsOf } from '../record-outcomes.ts';
import { createFlushBuffer } from './flush-state.ts';
import { openLmdbLog } from './open-lmdb-log.ts';

const directory = useDirectory();
const PARTITIONS = [0, 1, 2, 3];
/** Terminations; more by ISOTHERM_TAKEOVERS. */
const ROUNDS = Number(process.env['ISOTHERM_TAKEOVERS'] ?? 6);

it('goes on under a new thread when its writing thread is terminated in the middle of its commits, and keeps what was acked', async () => {
  const { path } = directory;
  const flushState = createFlushBuffer();
  let acked = [0, 0, 0, 0];
  const startWriter = async () => {
    const worker = new Worker(new URL('../../test-support/writing-thread.ts', import.meta.url), {
      workerData: { path, flushState },
    });
    worker.on('message', (ends: readonly number[]) => {
      acked = acked.map((end, i) => Math.max(end, ends[i] ?? 0));
    });
    await once(worker, 'message');
    return worker;
  };
  let worker = await startWriter();
  await using log = await openLmdbLog({ path, partitionCount: 4, mode: 'reader', flushState });
  await using reader = await log.openReader(new Map(PARTITIONS.map((partition) => [partition, 0])));
  const next = [0, 0, 0, 0];
  for (let round = 0; round < ROUNDS; round++) {
    const before = acked[0]!;
    while (acked[0]! < before + 20 + round) await readOn(reader, next);
    await sleep(round % 7);
    await worker.terminate();
    worker = await startWriter();
  }
  await worker.terminate();
  await using successor = await openLmdbLog({ path, partitionCount: 4, mode: 'writer', flushState, takeOver: true });
  const offsets = offsetsOf(await successor.append([{ partition: 0, bytes: new Uint8Array(16_384).fill(7) }]));
  while (next[0]! <= offsets[0]!) await readOn(reader, next);
  for (const partition of PARTITIONS) expect(next[partition]).toBeGreaterThanOrEqual(acked[partition]!);
}, 120_000);

/** Reads what there is: whole records, each after the one before. */
async function readOn(reader: LogReader, next: number[]): Promise<void> {
  const { entries, corruptions } = await reader.poll({ maxBytes: 1 << 20, waitMs: 20 });
  expect(corruptions).toEqual([]);
  for (const { partition, offset, bytes } of entries) {
    expect([offset, bytes.length, bytes.at(-1)]).toEqual([next[partition], 16_384, 7]);
    next[partition] = offset + 1;
  }
}
