import fc from 'fast-check';
import { expect, it } from 'vitest';
import { createIncarnation, isIncarnation } from './incarnation.ts';

it('an incarnation made later compares greater, whatever chance says', () => {
  const time = fc.integer({ min: 0, max: 2 ** 48 - 2 });
  const chance = fc.nat(0xffff);
  fc.assert(
    fc.property(time, chance, chance, (ms, first, second) => {
      const earlier = createIncarnation(ms, first);
      expect(isIncarnation(earlier)).toBe(true);
      expect(createIncarnation(ms + 1, second) > earlier).toBe(true);
    }),
  );
  expect(() => createIncarnation(2 ** 48, 0)).toThrow(RangeError);
});
