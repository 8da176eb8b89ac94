import { type CityTable, MISSING } from '../data/city-table.ts';
import { pointRadius, populationWeight } from './point-size.ts';
import { createSpatialGrid, type SpatialGrid } from './spatial-grid.ts';
import { type Size, screenToWorld, type View, worldToScreen } from './view.ts';

/** Finds the city under a pointer. */
export interface CityPicker {
  /** Slot of the city at a viewport position, at most `reach` CSS pixels beyond its disc. */
  pick(view: View, size: Size, x: number, y: number, reach: number): number | undefined;
  /** Slot of the most populous reporting city within `radius` CSS pixels; else the nearest one anywhere near. */
  prominent(view: View, size: Size, x: number, y: number, radius: number): number | undefined;
}

/** Creates a picker that follows the table. Cities without values can be picked too, unless one with a value is near. */
export function createCityPicker(table: CityTable, values: () => Int16Array): CityPicker {
  let grid: SpatialGrid | undefined;
  let version = -1;
  const current = (): SpatialGrid => {
    if (!grid || version !== table.placesVersion) {
      version = table.placesVersion;
      grid = createSpatialGrid(table.columns.x, table.columns.y, table.size);
    }
    return grid;
  };

  return {
    pick(view, size, x, y, reach) {
      const { x: xs, y: ys, population } = table.columns;
      const column = values();
      const [worldX, worldY] = screenToWorld(view, size, x, y);
      const widest = (pointRadius(1, view.scale) + reach) / view.scale;
      let best: number | undefined;
      let bestGap = Number.POSITIVE_INFINITY;
      current().within(worldX - widest, worldY - widest, worldX + widest, worldY + widest, (slot) => {
        const distance = Math.hypot((xs[slot] ?? 0) - worldX, (ys[slot] ?? 0) - worldY) * view.scale;
        const radius = pointRadius(populationWeight(population[slot] ?? 0), view.scale);
        if (distance > radius + reach) return;
        // A small disc on a large one is reached by aiming at its middle.
        const gap = distance - radius * 0.25 + ((column[slot] ?? MISSING) === MISSING ? reach : 0);
        if (gap >= bestGap) return;
        best = slot;
        bestGap = gap;
      });
      return best;
    },
    prominent(view, size, x, y, radius) {
      const { population } = table.columns;
      const column = values();
      const [worldX, worldY] = screenToWorld(view, size, x, y);
      const reach = radius / view.scale;
      let best: number | undefined;
      current().within(worldX - reach, worldY - reach, worldX + reach, worldY + reach, (slot) => {
        if ((column[slot] ?? MISSING) === MISSING) return;
        if (best === undefined || (population[slot] ?? 0) > (population[best] ?? 0)) best = slot;
      });
      return best ?? current().nearest(worldX, worldY, reach * 6);
    },
  };
}

/** Viewport position of the city in a slot; undefined without coordinates. */
export function cityOnScreen(
  table: CityTable,
  slot: number,
  view: View,
  size: Size,
): [x: number, y: number] | undefined {
  const x = table.columns.x[slot] ?? Number.NaN;
  return Number.isNaN(x) ? undefined : worldToScreen(view, size, x, table.columns.y[slot] ?? 0);
}
