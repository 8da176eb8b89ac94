import { expect, test } from 'vitest';
import { retryOf } from './retry-of.ts';

const [TIME_IN_FUTURE, TOO_MANY_CITIES, LATE, POISON, STATE_FULL] = [3, 8, 10, 14, 15];

test('a cause that can pass is tried again after a minute, then after ten, then parked', () => {
  for (const reason of [TIME_IN_FUTURE, TOO_MANY_CITIES, POISON, STATE_FULL]) {
    expect(retryOf({ reason, attempts: 0, atMs: 5_000 })).toEqual({ state: 'waiting', nextAttemptMs: 65_000 });
    expect(retryOf({ reason, attempts: 1, atMs: 90_000 })).toEqual({ state: 'waiting', nextAttemptMs: 690_000 });
    expect(retryOf({ reason, attempts: 2, atMs: 5_000 })).toEqual({ state: 'parked' });
    expect(retryOf({ reason, attempts: 70, atMs: 5_000 })).toEqual({ state: 'parked' });
  }
});

test('a cause that cannot pass parks at once', () => {
  const passing = [TIME_IN_FUTURE, TOO_MANY_CITIES, POISON, STATE_FULL];
  for (let reason = 0; reason < 30; reason++) {
    if (passing.includes(reason)) continue;
    expect(retryOf({ reason, attempts: 0, atMs: 0 })).toEqual({ state: 'parked' });
  }
  expect(retryOf({ reason: LATE, attempts: 1, atMs: 0 })).toEqual({ state: 'parked' });
});

test('delays can be chosen', () => {
  const options = { delaysMs: [1] };
  expect(retryOf({ reason: POISON, attempts: 0, atMs: 0 }, options)).toEqual({ state: 'waiting', nextAttemptMs: 1 });
  expect(retryOf({ reason: POISON, attempts: 1, atMs: 0 }, options)).toEqual({ state: 'parked' });
});
