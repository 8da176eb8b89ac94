import { expect, it } from 'vitest';
import { openPhases } from './phases.ts';

it('finds the phases that were begun and not ended', () => {
  const log =
    '+append 1.1\n+insert 2.1\n-append 1.1\n+append 1.2\n+append 1.3\n-append 1.2\n+checkpoint 2.2\n-insert 2.1\n';
  expect([...openPhases(log)].sort()).toEqual(['append', 'checkpoint']);
});

it('passes over a last line that the kill cut off', () => {
  expect([...openPhases('+append 1.1\n-append 1.')]).toEqual(['append']);
  expect([...openPhases('+append 1.1\n-append 1.1\n+insert 2')]).toEqual([]);
});
