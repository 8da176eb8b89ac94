import { expect, it } from 'vitest';
import { useDirectory } from '../../test-support/temporary-log.ts';
import { openCommitStore } from './commit-store.ts';

const directory = useDirectory();
const open = (readOnly = false) => openCommitStore(directory.path, { readOnly, mapBytes: 2 ** 24 });
const textOf = (bytes: Uint8Array | undefined) => bytes && Buffer.from(bytes).toString();
const INDEXED = [0, 3, 4, 9];

/** Ten commits and some index entries. */
async function fill(store: ReturnType<typeof open>): Promise<void> {
  for (let sequence = 0; sequence < 10; sequence++) await store.putCommit(sequence, Buffer.from(`commit ${sequence}`));
  for (const sequence of INDEXED) await store.putIndex(sequence, Buffer.from(`index ${sequence}`));
  store.refresh();
}

it('finds commits and index entries by their sequences, also when opened again, and for reading', async () => {
  const writer = open();
  expect([writer.firstCommit(), writer.lastCommit(), writer.indexFrom(0), writer.indexUpTo(99)]).toEqual(
    new Array(4).fill(undefined),
  );
  await fill(writer);
  await writer.close();
  for (const readOnly of [false, true]) {
    const store = open(readOnly);
    expect([store.firstCommit(), store.lastCommit()]).toEqual([0, 9]);
    expect([textOf(store.commit(7)), store.commit(10)]).toEqual(['commit 7', undefined]);
    for (let at = 0; at < 12; at++) {
      const [from, upTo] = [store.indexFrom(at)?.sequence, store.indexUpTo(at)?.sequence];
      expect([at, from, upTo]).toEqual([at, INDEXED.find((one) => one >= at), INDEXED.findLast((one) => one <= at)]);
    }
    expect(textOf(store.indexFrom(1)?.bytes)).toBe('index 3');
    expect(textOf(store.indexUpTo(8)?.bytes)).toBe('index 4');
    expect(store.indexUpTo(-1)).toBeUndefined();
    store.refresh();
    await store.close();
  }
});

it('drops what it is told to, and nothing else', async () => {
  const store = open();
  await fill(store);
  await store.dropIndexBefore(4);
  store.refresh();
  expect(store.indexFrom(0)?.sequence).toBe(4);
  await store.dropCommits(2, 5);
  store.refresh();
  const left = Array.from({ length: 10 }, (_, sequence) => sequence).filter((one) => store.commit(one) !== undefined);
  expect(left).toEqual([0, 1, 5, 6, 7, 8, 9]);
  await store.close();
});

it('takes a commit only after the last one', async () => {
  const store = open();
  await fill(store);
  await expect(store.putCommit(9, Buffer.from('again'))).rejects.toThrow('not after the last one');
  store.refresh();
  expect(textOf(store.commit(9))).toBe('commit 9');
  await store.close();
});

it('keeps facts, and forgets those that are taken back', async () => {
  const store = open();
  const facts = { a: '1', b: '2' };
  store.changeFacts(() => new Map(Object.entries(facts)));
  store.changeFacts(() => new Map([['a', undefined]]));
  store.refresh();
  expect([store.fact('a'), store.fact('b')]).toEqual([undefined, '2']);
  await store.close();
  const again = open(true);
  expect([again.fact('a'), again.fact('b')]).toEqual([undefined, '2']);
  await again.close();
});
