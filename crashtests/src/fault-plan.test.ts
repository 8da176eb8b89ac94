import { createPrng } from '@isotherm/testkit';
import { expect, it } from 'vitest';
import { planFaults } from './fault-plan.ts';

const kindsOf = (plan: ReturnType<typeof planFaults>) => plan.map(({ kind }) => kind);

it('gives one of every five cycles to the store and one to the disk, at places the seed draws', () => {
  const plan = planFaults(50, ['kill', 'store', 'disk'], createPrng(1));
  for (let from = 0; from < 50; from += 5) {
    expect(kindsOf(plan.slice(from, from + 5)).sort()).toEqual(['disk', 'kill', 'kill', 'kill', 'store']);
  }
  expect(planFaults(50, ['kill', 'store', 'disk'], createPrng(1))).toEqual(plan);
  expect(kindsOf(planFaults(50, ['kill', 'store', 'disk'], createPrng(2)))).not.toEqual(kindsOf(plan));
});

it('draws only what is asked for', () => {
  expect(new Set(kindsOf(planFaults(7, ['disk'], createPrng(1))))).toEqual(new Set(['disk']));
  expect(new Set(kindsOf(planFaults(7, ['kill'], createPrng(1))))).toEqual(new Set(['kill']));
});
