import { geoCircle } from 'd3-geo';
import { toPath } from './outlines.ts';
import { subsolarPoint } from './sun.ts';

/** Keeps the shapes of the night for as long as they look the same. */
export interface NightCache {
  /** The night side at a time, as shapes that lie over each other from dusk to darkness. */
  shapes(atMs: number): readonly Path2D[];
}

/** Degrees of the sun below the horizon at which the shade of night deepens: from sunset to the end of astronomical twilight. */
const TWILIGHTS_DEGREES = [0, 2, 4, 6, 8, 10, 12, 15, 18];
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

function nightShapes(atMs: number): Path2D[] {
  const sun = subsolarPoint(atMs);
  return TWILIGHTS_DEGREES.map((below) =>
    toPath(
      geoCircle()
        .center([sun.longitude + 180, -sun.latitude])
        .radius(90 - below)
        .precision(2)(),
    ),
  );
}
