import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { expect, it } from 'vitest';
import { startChild } from '../../test-support/child-process.ts';
import { useDirectory } from '../../test-support/temporary-log.ts';
import { type CommitStore, openCommitStore } from './commit-store.ts';

// What LMDB really does, where the simulated disk claims that it does. Promises of ours are tested elsewhere.

const directory = useDirectory();
const openStore = () => openCommitStore(directory.path, { readOnly: false, mapBytes: 1 << 30, endedBy: 'nobody' });

/** Sequences of the pairs that are there; a pair that is there by half fails the test. */
function wholePairs(store: CommitStore): number[] {
  const last = Math.max(store.lastCommit() ?? -1, store.indexUpTo(Number.MAX_SAFE_INTEGER)?.sequence ?? -1);
  const there: number[] = [];
  for (let sequence = 0; sequence <= last; sequence++) {
    const commit = store.commit(sequence);
    const whole = commit !== undefined && Buffer.from(commit).toString().startsWith(`${sequence};`);
    expect(store.indexFrom(sequence)?.sequence === sequence).toBe(whole);
    if (whole) there.push(sequence);
  }
  return there;
}

it('LMDB after kill -9 has every put that had resolved, a prefix of all puts, and the puts of one turn together or not at all', async () => {
  const resolved = new Set<number>();
  for (const lines of [150, 400]) {
    const child = startChild('./pairs-process.ts', [directory.path]);
    await child.untilLines(lines);
    await child.kill();
    for (const line of child.lines.slice(1)) if (/^\d+$/.test(line)) resolved.add(Number(line));
    const store = openStore();
    const there = wholePairs(store);
    expect(there).toEqual(Array.from({ length: there.length }, (_, sequence) => sequence));
    expect([...resolved].filter((sequence) => sequence >= there.length)).toEqual([]);
    // What is there now stays there: the next process goes on after it.
    for (const sequence of there) resolved.add(sequence);
    await store.close();
  }
});

it('LMDB may have a put whose process was killed before it learnt of it', async () => {
  const child = startChild('./blocked-process.ts', [directory.path]);
  await child.untilLines(1);
  await expect
    .poll(
      async () => {
        const store = openCommitStore(directory.path, { readOnly: true, mapBytes: 1 << 30 });
        const there = store.lastCommit();
        await store.close();
        return there;
      },
      { timeout: 10_000 },
    )
    .toBe(0);
  await child.kill();
  expect(child.lines).toEqual(['blocked']);
  const store = openStore();
  expect(Buffer.from(store.commit(0) ?? []).toString()).toBe('never acknowledged');
  await store.close();
});

it('LMDB keeps nothing of a transaction that fails, rejects every put of it, and goes on with what was there before', async () => {
  const path = new URL('../../test-support/pairs-process.ts', import.meta.url).pathname;
  // Files may not grow beyond 2 MB: to the process that is a disk that refuses to write.
  const command = `ulimit -f 4096; exec "$0" "$@"`;
  const child = spawn('sh', ['-c', command, process.execPath, path, directory.path, '100000', '200'], {
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  let said = '';
  child.stdout.on('data', (bytes: Buffer) => {
    said += bytes.toString();
  });
  const [code] = await once(child, 'close');
  const lines = said.split('\n');
  const resolved = lines.filter((line) => /^\d+$/.test(line)).map(Number);
  const rejected = lines.filter((line) => line.includes('rejected'));
  expect(resolved.length).toBeGreaterThan(0);
  expect(rejected.length).toBeGreaterThan(0);
  // Nothing rejects that nobody waits for: it would end the process.
  expect(code).toBe(0);
  // Both puts of a turn share its transaction.
  expect(rejected.filter((line) => !line.endsWith('rejected 2'))).toEqual([]);
  const store = openStore();
  const there = wholePairs(store);
  expect(resolved.filter((sequence) => !there.includes(sequence))).toEqual([]);
  const failed = rejected.map((line) => Number(line.split(' ')[0]));
  expect(failed.filter((sequence) => there.includes(sequence))).toEqual([]);
  await store.close();
});

it('LMDB resolves a put when it is readable, and every put before it is readable by then, in whatever order they resolve', async () => {
  const store = openStore();
  const order: number[] = [];
  const missing: number[] = [];
  const puts: Promise<void>[] = [];
  for (let sequence = 0; sequence < 300; sequence++) {
    const bytes = Buffer.alloc(sequence % 7 === 0 ? 60_000 : 500, `${sequence};`);
    puts.push(
      store.putCommit(sequence, bytes).then(() => {
        order.push(sequence);
        store.refresh();
        for (let before = 0; before <= sequence; before += 1)
          if (store.commit(before) === undefined) missing.push(before);
      }),
    );
    if (sequence % 3 === 0) await new Promise((resolve) => setImmediate(resolve));
  }
  await Promise.all(puts);
  expect(order).toHaveLength(300);
  expect(missing).toEqual([]);
  await store.close();
});

it('LMDB lends the bytes of a read until the next one', async () => {
  const store = openStore();
  await Promise.all([store.putCommit(0, Buffer.alloc(600, 'a')), store.putCommit(1, Buffer.alloc(600, 'b'))]);
  const lent = store.commit(0);
  expect(Buffer.from(lent ?? []).toString()).toBe('a'.repeat(600));
  store.commit(1);
  expect(Buffer.from(lent ?? []).toString()).toBe('b'.repeat(600));
  await store.close();
});
