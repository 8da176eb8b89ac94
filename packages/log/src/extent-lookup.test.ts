import { expect, it } from 'vitest';
import { createExtentLookup } from './extent-lookup.ts';
import type { PartitionExtent } from './log.ts';
import { createMemoryLog } from './memory/memory-log.ts';

/** A log whose look-ups are answered when the test says so: with what the log held when they began. */
function slowLog() {
  const log = createMemoryLog({ partitionCount: 4 });
  const calls: { readonly partitions: readonly number[]; answer: () => void; fail: (error: Error) => void }[] = [];
  const lookup = createExtentLookup({
    partitionCount: 4,
    async extents(partitions) {
      const found = await log.extents(partitions);
      return new Promise<ReadonlyMap<number, PartitionExtent>>((resolve, reject) => {
        calls.push({ partitions: [...partitions], answer: () => resolve(found), fail: reject });
      });
    },
  });
  const ends = async (...partitions: number[]) =>
    Object.fromEntries([...(await lookup.extents(partitions))].map(([partition, { end }]) => [partition, end]));
  const append = (partition: number) => log.append([{ partition, bytes: new Uint8Array() }]);
  return { calls, ends, append };
}

const turn = () => new Promise((resolve) => setImmediate(resolve));

it('Calls of one turn share one look-up of the partitions they name', async () => {
  const { calls, ends, append } = slowLog();
  await append(1);
  const both = [ends(0, 1), ends(1, 3)];
  await turn();
  expect(calls.map(({ partitions }) => partitions)).toEqual([[0, 1, 3]]);
  calls[0]?.answer();
  expect(await Promise.all(both)).toEqual([
    { 0: 0, 1: 1 },
    { 1: 1, 3: 0 },
  ]);
});

it('Calls that arrive during a look-up share the next one, and never see less than was there when they arrived', async () => {
  const { calls, ends, append } = slowLog();
  const first = ends(1);
  await turn();
  await append(1);
  const later = [ends(1), ends(1)];
  await append(1);
  later.push(ends(1));
  await turn();
  expect(calls).toHaveLength(1);
  calls[0]?.answer();
  expect(await first).toEqual({ 1: 0 });
  await turn();
  expect(calls).toHaveLength(2);
  calls[1]?.answer();
  expect(await Promise.all(later)).toEqual([{ 1: 2 }, { 1: 2 }, { 1: 2 }]);
});

it('A partition that answers slowly holds up no call for others', async () => {
  const { calls, ends } = slowLog();
  const slow = ends(0);
  await turn();
  const other = ends(2);
  const both = ends(0, 2);
  await turn();
  expect(calls.map(({ partitions }) => partitions)).toEqual([[0], [2]]);
  calls[1]?.answer();
  expect(await other).toEqual({ 2: 0 });
  calls[0]?.answer();
  await slow;
  await turn();
  expect(calls[2]?.partitions).toEqual([0]);
  calls[2]?.answer();
  expect(await both).toEqual({ 0: 0, 2: 0 });
});

it('A look-up that fails fails the calls that share it; the next one is made anew, and no call fails another', async () => {
  const { calls, ends } = slowLog();
  const failing = [ends(0), ends(0, 1)].map((call) => call.catch((error: Error) => error.message));
  const wrong = ends(9);
  await expect(wrong).rejects.toMatchObject({ id: 'LOG_MISUSE' });
  await turn();
  calls[0]?.fail(new Error('the leader is away'));
  expect(await Promise.all(failing)).toEqual(['the leader is away', 'the leader is away']);
  const again = ends(0);
  await turn();
  calls[1]?.answer();
  expect(await again).toEqual({ 0: 0 });
});
