import { systemRuntime } from '@isotherm/runtime';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createQueueMetrics } from './metrics.ts';
import { manualRuntime } from './testing/manual-runtime.ts';
import { createWorkQueue, type WorkQueue } from './work-queue.ts';

const metrics = createQueueMetrics('test');
const queueOf = (runtime = manualRuntime()): WorkQueue => createWorkQueue({ runtime, metrics });

test('a key that is added many times is handed out once', async () => {
  const queue = queueOf();
  for (let i = 0; i < 5; i++) queue.add('a');
  queue.add('b');
  expect([await queue.take(), await queue.take()]).toEqual(['a', 'b']);
  expect(queue.depth).toBe(0);
});

test('a key is never worked on twice at a time, and no addition is lost', async () => {
  const step = fc.record({ key: fc.constantFrom('a', 'b', 'c'), pause: fc.nat(3) });
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 60 }), async (steps) => {
      const queue = queueOf(manualRuntime());
      const working = new Set<string>();
      const version = new Map<string, number>();
      const seen = new Map<string, number>();
      const worker = async () => {
        for (let key = await queue.take(); key !== undefined; key = await queue.take()) {
          expect(working.has(key)).toBe(false);
          working.add(key);
          const at = version.get(key)!;
          for (let i = 0; i < 3; i++) await systemRuntime.nextTurn();
          seen.set(key, at);
          working.delete(key);
          queue.done(key);
        }
      };
      const workers = [worker(), worker(), worker()];
      for (const { key, pause } of steps) {
        version.set(key, (version.get(key) ?? 0) + 1);
        queue.add(key);
        for (let i = 0; i < pause; i++) await systemRuntime.nextTurn();
      }
      for (let i = 0; i < 20; i++) await systemRuntime.nextTurn();
      expect(seen).toEqual(version);
      queue.close();
      await Promise.all(workers);
    }),
    { numRuns: 50 },
  );
});

test('the back-off doubles to its limit, with jitter, and starts anew after success', () => {
  const runtime = manualRuntime();
  const queue = queueOf(runtime);
  const delays = Array.from({ length: 12 }, () => queue.retry('a'));
  delays.forEach((delay, index) => {
    const whole = Math.min(60_000, 100 * 2 ** index);
    expect(delay).toBeGreaterThanOrEqual(whole / 2);
    expect(delay).toBeLessThan(whole);
  });
  queue.forget('a');
  expect(queue.retry('a')).toBeLessThan(100);
});

test('of two delayed additions of a key the earlier one wins', async () => {
  const runtime = manualRuntime();
  const queue = queueOf(runtime);
  queue.addAfter('a', 5_000);
  queue.addAfter('a', 1_000);
  queue.addAfter('a', 9_000);
  runtime.advance(999);
  expect(queue.depth).toBe(0);
  runtime.advance(1);
  expect(await queue.take()).toBe('a');
  queue.done('a');
  runtime.advance(60_000);
  expect(queue.depth).toBe(0);
});

test('a closed queue hands out nothing, whoever waited before or comes after', async () => {
  const queue = queueOf();
  const waiting = queue.take();
  queue.close();
  queue.add('a');
  expect([await waiting, await queue.take()]).toEqual([undefined, undefined]);
});
