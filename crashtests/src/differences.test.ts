import { expect, it } from 'vitest';
import { compareCount, compareValue, isClean, noDifferences } from './differences.ts';

it('counts observations that are missing as lost and those too many as counted twice', () => {
  const differences = noDifferences();
  compareCount(differences, 'a', { found: 7, atLeast: 10, atMost: 12 });
  compareCount(differences, 'b', { found: 15, atLeast: 10, atMost: 12 });
  compareCount(differences, 'c', { found: 11, atLeast: 10, atMost: 12 });
  expect(differences).toMatchObject({ lost: 3, twice: 3, wrongValues: 0 });
  expect(differences.examples).toEqual(['a: 7 observations, 10 to 12 wanted', 'b: 15 observations, 10 to 12 wanted']);
  expect(isClean(differences)).toBe(false);
});

it('takes values as equal up to a billionth, and a missing one never', () => {
  const differences = noDifferences();
  compareValue(differences, 'a', { found: 30 + 1e-8, wanted: 30 });
  expect(isClean(differences)).toBe(true);
  compareValue(differences, 'b', { found: 30 + 1e-7, wanted: 30 });
  compareValue(differences, 'c', { found: undefined, wanted: 0 });
  expect(differences.wrongValues).toBe(2);
});
