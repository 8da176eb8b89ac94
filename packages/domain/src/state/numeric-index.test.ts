import fc from 'fast-check';
import { expect, test } from 'vitest';
import { NumericIndex } from './numeric-index.ts';

test('finds what was added and not removed, as a Map does', () => {
  const key = fc.oneof(fc.nat({ max: 200 }), fc.nat({ max: 0x7fff_ffff }));
  fc.assert(
    fc.property(fc.array(fc.tuple(key, fc.boolean())), (steps) => {
      const index = new NumericIndex();
      const map = new Map<number, number>();
      steps.forEach(([k, remove], slot) => {
        if (remove) {
          index.remove(k);
          map.delete(k);
        } else if (!map.has(k)) {
          index.add(k, slot);
          map.set(k, slot);
        }
      });
      for (const [k] of steps) expect(index.get(k)).toBe(map.get(k) ?? -1);
    }),
  );
});

test('keys that one multiplicative hash put into the same partition do not pile up', () => {
  const index = new NumericIndex();
  const keys = Array.from({ length: 200_000 }, (_, key) => key).filter(
    (key) => Math.imul(key, 0x9e3779b1) >>> 26 === 5,
  );
  keys.forEach((key, slot) => {
    index.add(key, slot);
  });
  keys.forEach((key, slot) => {
    expect(index.get(key)).toBe(slot);
  });
});
