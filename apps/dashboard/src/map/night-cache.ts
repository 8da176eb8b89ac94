import { nightShapes } from './basemap.ts';

/** Keeps the shapes of the night for as long as they look the same. */
export interface NightCache {
  shapes(atMs: number): readonly Path2D[];
}

/** The terminator moves a quarter of a degree a minute: less than a pixel of a whole world. */
const KEEP_MS = 60_000;

/** Creates an empty cache. */
export function createNightCache(): NightCache {
  let key = Number.NaN;
  let shapes: readonly Path2D[] = [];
  return {
    shapes(atMs) {
      const wanted = Math.floor(atMs / KEEP_MS);
      if (wanted !== key) {
        key = wanted;
        shapes = nightShapes(wanted * KEEP_MS);
      }
      return shapes;
    },
  };
}
