import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MISSING } from './city-table.ts';
import { createTopCities } from './top-cities.ts';

const SIZE = 30;

function naive(values: readonly number[], limit: number): number[] {
  return values
    .map((value, slot) => ({ value, slot }))
    .filter(({ value }) => value !== MISSING)
    .sort((one, other) => other.value - one.value || one.slot - other.slot)
    .slice(0, limit)
    .map(({ slot }) => slot);
}

describe('the ranking of the hottest cities', () => {
  it('equals a full sort after any changes', () => {
    const change = fc.tuple(fc.nat(SIZE - 1), fc.oneof(fc.integer({ min: -50, max: 50 }), fc.constant(MISSING)));
    fc.assert(
      fc.property(fc.array(change, { maxLength: 120 }), fc.integer({ min: 1, max: 12 }), (changes, limit) => {
        const values = new Array<number>(SIZE).fill(MISSING);
        const top = createTopCities({ size: () => SIZE, value: (slot) => values[slot] ?? MISSING }, limit);
        for (const [i, [slot, value]] of changes.entries()) {
          values[slot] = value;
          top.touch(slot);
          if (i % 3 === 0) expect(top.read()).toEqual(naive(values, limit));
        }
        expect(top.read()).toEqual(naive(values, limit));
      }),
    );
  });

  it('looks at every city again only after a member fell', () => {
    const values = Array.from({ length: 1000 }, (_, i) => i);
    let reads = 0;
    const value = (slot: number): number => {
      reads++;
      return values[slot] ?? MISSING;
    };
    const top = createTopCities({ size: () => 1000, value }, 10);
    top.read();
    reads = 0;
    for (let slot = 0; slot < 900; slot++) top.touch(slot);
    top.read();
    expect(reads).toBe(900);
  });
});
