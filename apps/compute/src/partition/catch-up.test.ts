import { expect, it } from 'vitest';
import { createCatchUp } from './catch-up.ts';

it('puts work off while the shard is behind, for two minutes at most', () => {
  const catchUp = createCatchUp();
  expect(catchUp.shouldDefer(1000)).toBe(false);
  catchUp.applied(1_000, 10_000);
  expect(catchUp.shouldDefer(10_000)).toBe(true);
  for (let now = 11_000; now <= 135_000; now += 1000) catchUp.applied(now - 5_000, now);
  expect(catchUp.shouldDefer(129_000)).toBe(true);
  expect(catchUp.shouldDefer(135_000)).toBe(false);
});

it('puts nothing off once the shard is level, or has nothing to apply', () => {
  const catchUp = createCatchUp();
  catchUp.applied(1_000, 10_000);
  catchUp.applied(10_400, 10_500);
  expect(catchUp.shouldDefer(10_500)).toBe(false);
  catchUp.applied(1_000, 20_000);
  expect(catchUp.shouldDefer(23_000)).toBe(false);
});
