import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { expect, it } from 'vitest';
import { startChild } from '../../test-support/child-process.ts';
import type { ReadingThreadData } from '../../test-support/reading-thread.ts';
import { useDirectory } from '../../test-support/temporary-log.ts';
import { record } from '../conformance/log-harness.ts';
import { offsetsOf } from '../record-outcomes.ts';
import { openLmdbLog } from './open-lmdb-log.ts';

const directory = useDirectory();
const RECORDS = 2000;

it('is read by threads of the process while it is written, each seeing its partitions in order', async () => {
  const { path } = directory;
  await using log = await openLmdbLog({ path, partitionCount: 4, mode: 'writer' });
  const threads = [[0, 2], [1, 3], [2]].map((partitions) => {
    const entries = (partitions.length * RECORDS) / 4;
    const data = { path, partitionCount: 4, partitions, flushState: log.flushState!, entries };
    const workerData = data satisfies ReadingThreadData;
    return {
      partitions,
      worker: new Worker(new URL('../../test-support/reading-thread.ts', import.meta.url), { workerData }),
    };
  });
  await Promise.all(threads.map(({ worker }) => once(worker, 'message')));
  const read = threads.map(({ worker }) => once(worker, 'message').then(([entries]) => entries as string[]));
  const exits = threads.map(({ worker }) => once(worker, 'exit'));
  for (let i = 0; i < RECORDS; i += 20) {
    await Promise.all(Array.from({ length: 20 }, (_, k) => log.append([record((i + k) % 4, `r${i + k}`.padEnd(900))])));
    if (i % 400 === 0) await log.trim(new Map());
  }
  for (const [i, { partitions }] of threads.entries()) {
    const entries = await read[i];
    for (const partition of partitions) {
      const expected = Array.from({ length: RECORDS / 4 }, (_, k) => `${partition}/${k} r${4 * k + partition}`);
      expect(entries?.filter((entry) => entry.startsWith(`${partition}/`))).toEqual(expected);
    }
  }
  expect(await Promise.all(exits)).toEqual([[0], [0], [0]]);
  expect(offsetsOf(await log.append([record(0, 'after the threads ended')]))).toEqual([RECORDS / 4]);
});

it('is read by another process while it is written, up to the last record', async () => {
  const { path } = directory;
  await using log = await openLmdbLog({ path, partitionCount: 4, mode: 'writer' });
  const reader = startChild('./reading-process.ts', [path, '300']);
  await reader.untilLines(1);
  for (let i = 0; i < 300; i++) await log.append([record(0, `r${i}`), record(1, 'not read')]);
  await reader.untilLines(301);
  expect(await reader.ended()).toBe(0);
  expect(reader.lines.slice(1)).toEqual(Array.from({ length: 300 }, (_, i) => `${i} r${i}`));
});

it('has one writer, in this process or another', async () => {
  const { path } = directory;
  const log = await openLmdbLog({ path, partitionCount: 4, mode: 'writer' });
  const inUse = { id: 'LOG_DIRECTORY_IN_USE', metadata: { pid: String(process.pid) } };
  await expect(openLmdbLog({ path, partitionCount: 4, mode: 'writer' })).rejects.toMatchObject(inUse);
  await log.append([record(0, 'not harmed')]);
  await log.close();
  const other = startChild('./appending-process.ts', [path, 'other']);
  await other.untilLines(1);
  const inUseByOther = { id: 'LOG_DIRECTORY_IN_USE', metadata: { pid: String(other.child.pid) } };
  await expect(openLmdbLog({ path, partitionCount: 4, mode: 'writer' })).rejects.toMatchObject(inUseByOther);
  await other.untilLines(20);
  await other.kill();
  const again = await openLmdbLog({ path, partitionCount: 4, mode: 'writer' });
  expect((await again.extents([0])).get(0)?.end).toBeGreaterThan(1);
  await again.close();
});
