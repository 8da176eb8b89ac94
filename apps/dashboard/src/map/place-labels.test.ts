import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { LABEL_HEIGHT, placeLabels } from './place-labels.ts';

const candidate = fc.record({
  x: fc.integer({ min: 0, max: 800 }),
  y: fc.integer({ min: 0, max: 600 }),
  radius: fc.integer({ min: 1, max: 12 }),
  width: fc.integer({ min: 10, max: 120 }),
});

describe('labels of cities', () => {
  it('never overlap, and stay below the limit', () => {
    fc.assert(
      fc.property(fc.array(candidate, { maxLength: 200 }), fc.integer({ min: 0, max: 40 }), (rows, limit) => {
        const candidates = rows.map((row, slot) => ({ ...row, slot }));
        const placed = placeLabels(candidates, limit);
        expect(placed.length).toBeLessThanOrEqual(limit);
        for (const one of placed) {
          for (const other of placed) {
            if (one.slot >= other.slot) continue;
            const [left, right] = one.x < other.x ? [one, other] : [other, one];
            const apart = right.x >= left.x + (rows[left.slot]?.width ?? 0);
            expect(apart || Math.abs(one.y - other.y) >= LABEL_HEIGHT).toBe(true);
          }
        }
      }),
    );
  });

  it('prefer what comes first', () => {
    const at = { x: 100, y: 100, radius: 3, width: 40 };
    expect(
      placeLabels(
        [
          { ...at, slot: 7 },
          { ...at, slot: 2 },
        ],
        10,
      ).map(({ slot }) => slot),
    ).toEqual([7]);
  });
});
