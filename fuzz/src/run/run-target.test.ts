import { expect, it } from 'vitest';
import { accepted, type FuzzTarget, type OpenTarget, refused } from '../fuzz-target.ts';
import { runTarget } from './run-target.ts';

/** A target that does with an input what a test says. */
function targetOf(run: OpenTarget['run'], allowed = 50_000_000): FuzzTarget {
  return {
    name: 'trial',
    reads: 'trials',
    weight: 1,
    maxBytes: 64,
    allowedBytes: () => allowed,
    slowMs: 15,
    open: () => ({ seeds: [Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8)], run }),
  };
}

const runs = (target: FuzzTarget, count = 400) =>
  runTarget(target, { runs: count, seed: 7, onInput: () => {}, onProgress: () => {} });

it('counts what inputs come to, the same for the same seed', async () => {
  const target = targetOf((input) => (input.length < 8 ? refused('short') : accepted('long')));
  const report = await runs(target);
  expect(report.findings).toEqual([]);
  expect(report.reached.get('short')).toBeGreaterThan(20);
  expect(report.reached.get('long')).toBe(report.accepted);
  expect(await runs(target)).toEqual(report);
});

it('finds what throws, once a place, and makes it small', async () => {
  const target = targetOf((input) => {
    if (input.includes(4)) return accepted('with 4');
    throw new TypeError(`no 4 in ${input.length} bytes`);
  });
  const { findings } = await runs(target);
  expect(findings).toMatchObject([{ kind: 'crash', what: expect.stringMatching(/^TypeError: no 4/), seed: 7 }]);
  expect(findings[0]?.input).toEqual(new Uint8Array());
});

it('finds failures that nobody waits for', async () => {
  const { findings } = await runs(
    targetOf(async () => {
      void Promise.reject(new Error('stray'));
      await new Promise((resolve) => setImmediate(resolve));
      return accepted('fine');
    }),
    3,
  );
  expect(findings[0]).toMatchObject({ kind: 'crash', what: 'Error: stray' });
});

it('finds memory that an input only claims to need', async () => {
  const kept: unknown[] = [];
  const { findings } = await runs(
    targetOf((input) => {
      if (input.length > 8) kept.push(new Uint8Array(20_000_000));
      return accepted('fine');
    }, 10_000_000),
    60,
  );
  expect(findings[0]).toMatchObject({ kind: 'memory' });
});

it('finds inputs that take too long', async () => {
  const { findings } = await runs(
    targetOf((input) => {
      const ownMs = () => process.threadCpuUsage().user / 1000;
      const endMs = ownMs() + (input.length > 8 ? 20 : 0);
      while (ownMs() < endMs);
      return accepted('fine');
    }),
    30,
  );
  expect(findings[0]).toMatchObject({ kind: 'slow' });
});
