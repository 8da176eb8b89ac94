import { existsSync, readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { useDirectory } from '../../test-support/temporary-log.ts';
import {
  createFlushBuffer,
  createFlushPublisher,
  createPolledFlushState,
  createSharedFlushState,
} from './flush-state.ts';

const directory = useDirectory();
const FOR_EVER_MS = 1e9;

/** A publisher, and readers of both kinds. */
function open() {
  const path = `${directory.path}/published`;
  const publisher = createFlushPublisher(path, createFlushBuffer());
  const readers = [createSharedFlushState(publisher.shared), createPolledFlushState(path), publisher];
  return { path, publisher, readers };
}

it('tells threads and processes how far is published', async () => {
  const { path, publisher, readers } = open();
  expect(readers.map((reader) => reader.published())).toEqual([0, 0, 0]);
  for (const sequences of [1, 7, 2 ** 40]) {
    publisher.publish(sequences);
    await Promise.all(readers.map((reader) => reader.wait(sequences - 1, { timeoutMs: FOR_EVER_MS })));
    expect(readers.map((reader) => reader.published())).toEqual([sequences, sequences, sequences]);
  }
  publisher.publish(2 ** 40 + 1);
  publisher.close();
  const late = createPolledFlushState(path);
  expect(late.published()).toBe(2 ** 40 + 1);
  late.close();
  readers[1]?.close();
});

it('tells processes by a file of 16 bytes: the count, and the same again with every bit turned', () => {
  const { path, publisher, readers } = open();
  publisher.publish(0x0102_0304_0506);
  publisher.close();
  expect(readFileSync(path).toString('hex')).toBe('0605040302010000f9fafbfcfdfeffff');
  readers[1]?.close();
});

it('wakes who waits when more is published, when the time is over, and when it is aborted', async () => {
  const { publisher, readers } = open();
  publisher.publish(3);
  for (const reader of readers) await reader.wait(2, { timeoutMs: FOR_EVER_MS });
  for (const reader of readers) {
    await reader.wait(3, { timeoutMs: 5 });
    const stop = new AbortController();
    const aborted = reader.wait(3, { timeoutMs: FOR_EVER_MS, signal: stop.signal });
    stop.abort();
    await aborted;
    await reader.wait(3, { timeoutMs: FOR_EVER_MS, signal: stop.signal });
  }
  const woken = readers.map((reader) => reader.wait(3, { timeoutMs: FOR_EVER_MS }));
  let early = 0;
  for (const one of woken) void one.then(() => (early += 1));
  await new Promise((resolve) => setImmediate(resolve));
  expect(early).toBe(0);
  publisher.publish(4);
  await Promise.all(woken);
  publisher.close();
  readers[1]?.close();
});

it('waits again after a writer that published what was published already', async () => {
  const { publisher, readers } = open();
  publisher.publish(3);
  const [reader] = readers;
  const woken = reader!.wait(3, { timeoutMs: FOR_EVER_MS });
  publisher.publish(3);
  await woken;
  let early = false;
  const next = reader!.wait(3, { timeoutMs: FOR_EVER_MS }).then(() => {
    early = true;
  });
  await new Promise((resolve) => setImmediate(resolve));
  expect(early).toBe(false);
  publisher.publish(4);
  await next;
  publisher.close();
  readers[1]?.close();
});

it('says that its file takes nothing more, instead of ending the thread', async ({ skip }) => {
  if (!existsSync('/dev/full')) skip('this system has no /dev/full');
  const publisher = createFlushPublisher('/dev/full', createFlushBuffer());
  const failed = new Promise((resolve) => publisher.onFailed?.(resolve));
  publisher.publish(1);
  expect(await failed).toMatchObject({ code: 'ENOSPC' });
  expect(publisher.published()).toBe(1);
  publisher.close();
});
