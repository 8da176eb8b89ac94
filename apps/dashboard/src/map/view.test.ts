import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { clampView, homeView, minScale, panView, screenToWorld, worldToScreen, zoomView } from './view.ts';

const size = { width: 1440, height: 900 };
const insets = { top: 0, right: 288, bottom: 128, left: 0 };
const home = homeView(size, insets, 0);

describe('the view of the map', () => {
  it('keeps the place under the pointer while zooming in', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 300, max: 1100 }),
        fc.integer({ min: 250, max: 650 }),
        fc.double({ min: 1, max: 8, noNaN: true }),
        (x, y, factor) => {
          const before = screenToWorld(home, size, x, y);
          const after = screenToWorld(zoomView(home, size, factor, x, y), size, x, y);
          expect(after[0]).toBeCloseTo(before[0], 4);
          expect(after[1]).toBeCloseTo(before[1], 4);
        },
      ),
    );
  });

  it('turns screen to world and back', () => {
    const [worldX, worldY] = screenToWorld(home, size, 321, 123);
    const [x, y] = worldToScreen(home, size, worldX, worldY);
    expect([x, y]).toEqual([expect.closeTo(321, 6), expect.closeTo(123, 6)]);
  });

  it('never shows less than the world, nor leaves it', () => {
    const out = zoomView(home, size, 0.01, 700, 400);
    expect(out.scale).toBe(minScale(size));
    const far = panView(home, size, 1e6, -1e6);
    expect(far).toEqual(clampView(far, size));
  });

  it('starts with the whole width of the world on a wide screen', () => {
    expect(home.scale).toBe(minScale(size));
    expect(screenToWorld(home, size, 0, 0)[0]).toBeLessThan(-800);
  });

  it('starts around the reader on a phone', () => {
    const phone = { width: 390, height: 844 };
    const none = { top: 0, right: 0, bottom: 0, left: 0 };
    expect(homeView(phone, none, 139).centerX).toBeGreaterThan(homeView(phone, none, 0).centerX);
  });
});
