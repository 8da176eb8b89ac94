import type { City } from '@isotherm/catalogue';
import { expect, it } from 'vitest';
import { createNearMatches } from './near-matches.ts';

const BERLIN = { cityId: '2950159', name: 'Berlin' } as City;

/** A catalogue whose search takes 10 ms. */
function slowCatalogue() {
  const clock = { nowMs: 0, searches: 0 };
  const nearMatches = () => {
    clock.nowMs += 10;
    clock.searches += 1;
    return [BERLIN];
  };
  return { clock, near: createNearMatches({ nearMatches }, () => clock.nowMs) };
}

it('A misspelt name is searched for once', () => {
  const { clock, near } = slowCatalogue();
  for (let i = 0; i < 100; i++) expect(near('Berlim')).toEqual([BERLIN]);
  expect(clock.searches).toBe(1);
});

it('Ever new names take a twentieth of the time, and get errors without suggestions', () => {
  const { clock, near } = slowCatalogue();
  let name = 0;
  while (near(`x${name++}`).length > 0);
  const burst = clock.searches;
  expect(burst).toBeLessThan(60);
  for (let i = 0; i < 10_000; i++) {
    clock.nowMs += 1;
    near(`x${name++}`);
  }
  expect(clock.searches - burst).toBeGreaterThan(40);
  expect(clock.searches - burst).toBeLessThan(65);
});

it('A text longer than any name is not searched for', () => {
  const { clock, near } = slowCatalogue();
  expect(near('x'.repeat(65))).toEqual([]);
  expect(clock.searches).toBe(0);
});
