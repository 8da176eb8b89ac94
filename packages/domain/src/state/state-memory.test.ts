import fc from 'fast-check';
import { expect, test } from 'vitest';
import { StateMemory } from './state-memory.ts';

test('arrays of one memory begin with zeros and share no byte', () => {
  const kind = fc.constantFrom(Uint8Array, Int32Array, Float32Array, Float64Array);
  const length = fc.oneof(fc.nat({ max: 100 }), fc.integer({ min: 500_000, max: 1_000_000 }));
  fc.assert(
    fc.property(fc.array(fc.tuple(kind, length), { maxLength: 20 }), (wanted) => {
      const memory = new StateMemory();
      const arrays = wanted.map(([kind, length]) => memory.take<InstanceType<typeof kind>>(kind, length));
      arrays.forEach((array, i) => {
        expect(array).toHaveLength(wanted[i]![1]);
        expect(array.every((value) => value === 0)).toBe(true);
        array.fill(i + 1);
      });
      arrays.forEach((array, i) => {
        expect(array.every((value) => value === i + 1)).toBe(true);
      });
    }),
    { numRuns: 20 },
  );
});
