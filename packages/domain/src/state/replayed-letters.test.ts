import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ReplayedLetters } from './replayed-letters.ts';

test('the newest letters are known, whatever their ids, and the others forgotten', () => {
  const offset = fc.oneof(fc.nat({ max: 9 }), fc.constantFrom(2 ** 32 - 1, 2 ** 32, Number.MAX_SAFE_INTEGER));
  const row = fc.oneof(fc.nat({ max: 9 }), fc.constantFrom(2 ** 21 - 1, 2 ** 21, 2 ** 32 - 1));
  const letters = fc.uniqueArray(fc.tuple(offset, row), { selector: String, maxLength: 80 });
  fc.assert(
    fc.property(letters, fc.integer({ min: 1, max: 40 }), (ids, max) => {
      const replayed = new ReplayedLetters(max);
      for (const [o, r] of ids) replayed.add(o, r);
      const known = ids.filter(([o, r]) => replayed.has(o, r));
      expect(known).toEqual(ids.slice(-max));
      expect(replayed.count).toBe(known.length);
    }),
  );
});

test('letters are taken whole, or those since the last time', () => {
  const replayed = new ReplayedLetters(3);
  const take = (kind: 'full' | 'delta') => {
    const { offset, row } = replayed.take(kind);
    return [...offset].map((o, i) => `${o}/${row[i]}`);
  };
  replayed.add(1, 1);
  replayed.add(2, 2);
  expect(take('delta')).toEqual(['1/1', '2/2']);
  expect(take('delta')).toEqual([]);
  replayed.add(3, 3);
  replayed.add(4, 4);
  expect(take('delta')).toEqual(['3/3', '4/4']);
  for (let i = 5; i < 10; i++) replayed.add(i, i);
  expect(take('delta')).toEqual(['7/7', '8/8', '9/9']);
  expect(take('full')).toEqual(['7/7', '8/8', '9/9']);
});
