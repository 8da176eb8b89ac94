import { expect, test } from 'vitest';
import { abortAfter, systemRuntime } from './index.ts';

test('a sleep ends when its time has passed, and at once when its signal aborts', async () => {
  await systemRuntime.sleep(1);
  const stop = new AbortController();
  const sleeping = systemRuntime.sleep(60_000, stop.signal);
  stop.abort();
  await sleeping;
  await systemRuntime.sleep(60_000, stop.signal);
});

test('a cancelled timer does not call back', async () => {
  const called: string[] = [];
  systemRuntime.after(0, () => called.push('after')).cancel();
  systemRuntime.soon(() => called.push('soon')).cancel();
  systemRuntime.every(0, () => called.push('every')).cancel();
  await systemRuntime.sleep(5);
  await systemRuntime.nextTurn();
  expect(called).toEqual([]);
});

test('abortAfter aborts after its time, or with its parent', async () => {
  const { signal } = abortAfter(systemRuntime, 1);
  await systemRuntime.sleep(10, signal);
  await new Promise<void>((resolve) =>
    signal.aborted ? resolve() : signal.addEventListener('abort', () => resolve()),
  );
  expect(signal.reason).toMatchObject({ name: 'TimeoutError' });
  const parent = new AbortController();
  const child = abortAfter(systemRuntime, 60_000, parent.signal);
  parent.abort(new Error('enough'));
  expect(child.signal.reason).toEqual(new Error('enough'));
  child.timer.cancel();
});

test('unique ids are unique, and chance lies in [0, 1)', () => {
  expect(systemRuntime.uniqueId()).not.toBe(systemRuntime.uniqueId());
  expect(systemRuntime.random()).toBeGreaterThanOrEqual(0);
  expect(systemRuntime.random()).toBeLessThan(1);
  expect(systemRuntime.now()).toBeGreaterThan(Date.UTC(2024, 0));
});
