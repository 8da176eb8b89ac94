import { WORLD_HALF_HEIGHT, WORLD_HALF_WIDTH } from './equal-earth.ts';

/** Finds the point nearest to a place. */
export interface SpatialGrid {
  /** Index of the nearest point within `radius` world units, for which `accepts` holds; undefined if there is none. */
  nearest(x: number, y: number, radius: number, accepts?: (index: number) => boolean): number | undefined;
  /** Calls `visit` with each point of a rectangle of world units. */
  within(left: number, top: number, right: number, bottom: number, visit: (index: number) => void): void;
}

const COLUMNS = 256;
const ROWS = 128;

/** Builds a grid over `count` points in world units. Points with NaN are left out. */
export function createSpatialGrid(xs: Float32Array, ys: Float32Array, count: number): SpatialGrid {
  const starts = new Uint32Array(COLUMNS * ROWS + 1);
  const cellOf = (x: number, y: number): number => rowOf(y) * COLUMNS + columnOf(x);
  for (let i = 0; i < count; i++) {
    const x = xs[i] ?? Number.NaN;
    if (Number.isNaN(x)) continue;
    const cell = cellOf(x, ys[i] ?? 0) + 1;
    starts[cell] = (starts[cell] ?? 0) + 1;
  }
  for (let cell = 1; cell < starts.length; cell++) starts[cell] = (starts[cell] ?? 0) + (starts[cell - 1] ?? 0);
  const items = new Uint32Array(starts[starts.length - 1] ?? 0);
  const cursor = starts.slice();
  for (let i = 0; i < count; i++) {
    const x = xs[i] ?? Number.NaN;
    if (Number.isNaN(x)) continue;
    const cell = cellOf(x, ys[i] ?? 0);
    const at = cursor[cell] ?? 0;
    items[at] = i;
    cursor[cell] = at + 1;
  }

  const within: SpatialGrid['within'] = (left, top, right, bottom, visit) => {
    for (let row = rowOf(top); row <= rowOf(bottom); row++) {
      const first = starts[row * COLUMNS + columnOf(left)] ?? 0;
      const end = starts[row * COLUMNS + columnOf(right) + 1] ?? 0;
      for (let at = first; at < end; at++) {
        const index = items[at] ?? 0;
        const x = xs[index] ?? 0;
        const y = ys[index] ?? 0;
        if (x >= left && x <= right && y >= top && y <= bottom) visit(index);
      }
    }
  };

  return {
    within,
    nearest(x, y, radius, accepts) {
      let best: number | undefined;
      let bestDistance = radius * radius;
      within(x - radius, y - radius, x + radius, y + radius, (index) => {
        const distance = ((xs[index] ?? 0) - x) ** 2 + ((ys[index] ?? 0) - y) ** 2;
        if (distance > bestDistance || (accepts && !accepts(index))) return;
        if (distance === bestDistance && best !== undefined && best < index) return;
        best = index;
        bestDistance = distance;
      });
      return best;
    },
  };
}

function columnOf(x: number): number {
  const column = Math.floor(((x + WORLD_HALF_WIDTH) / (2 * WORLD_HALF_WIDTH)) * COLUMNS);
  return Math.min(COLUMNS - 1, Math.max(0, column));
}

function rowOf(y: number): number {
  const row = Math.floor(((y + WORLD_HALF_HEIGHT) / (2 * WORLD_HALF_HEIGHT)) * ROWS);
  return Math.min(ROWS - 1, Math.max(0, row));
}
