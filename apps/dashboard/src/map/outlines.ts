import { type GeoContext, geoEqualEarth, geoPath } from 'd3-geo';
import type { GeoJSON, Position } from 'geojson';
import { feature, mesh } from 'topojson-client';
import type { GeometryCollection, Topology } from 'topojson-specification';
import fineUrl from 'world-atlas/countries-50m.json?url';
import coarseUrl from 'world-atlas/countries-110m.json?url';
import { WORLD_SCALE } from './equal-earth.ts';

type Atlas = Topology<{ countries: GeometryCollection; land: GeometryCollection }>;

/** One shape in world units, and the rectangle around it. */
export interface OutlinePart {
  readonly path: Path2D;
  readonly left: number;
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
}

/** Outlines ready to fill and stroke, in parts, so that only what is in view is drawn. */
export interface Outlines {
  readonly land: readonly OutlinePart[];
  readonly borders: readonly OutlinePart[];
}

/** Natural Earth at 1:110m, or at 1:50m for a close look. */
export type Detail = 'coarse' | 'fine';

/** Work longer than this between two frames would be felt. */
const SLICE_MS = 7;

const projection = geoEqualEarth().scale(WORLD_SCALE).translate([0, 0]).precision(0.4);

/** A shape in world units. */
export function toPath(object: GeoJSON | { type: 'Sphere' }): Path2D {
  const path = new Path2D();
  const context: GeoContext = {
    beginPath: () => undefined,
    closePath: () => path.closePath(),
    moveTo: (x, y) => path.moveTo(x, y),
    lineTo: (x, y) => path.lineTo(x, y),
    arc: (x, y, radius, start, end) => path.arc(x, y, radius, start, end),
  };
  geoPath(projection, context)(object);
  return path;
}

let prefetched: Promise<Response> | undefined;

/** Asks for the coarse outlines before anything needs them: the sooner, the sooner there is a map. */
export function prefetchOutlines(): void {
  prefetched = fetch(coarseUrl);
  // Whoever uses it hears of a failure.
  prefetched.catch(() => undefined);
}

/** Loads outlines; builds the fine ones in slices, so that the map goes on moving meanwhile. */
export async function loadOutlines(detail: Detail, signal: AbortSignal): Promise<Outlines> {
  const early = detail === 'coarse' ? prefetched : undefined;
  prefetched = undefined;
  const response = await (early ?? fetch(detail === 'coarse' ? coarseUrl : fineUrl, { signal }));
  if (!response.ok) throw new Error(`the map's outlines answered ${response.status}`);
  const atlas: Atlas = await response.json();
  const slice = detail === 'coarse' ? Number.POSITIVE_INFINITY : SLICE_MS;
  const borders = mesh(atlas, atlas.objects.countries, (one, other) => one !== other);
  return {
    land: await build(polygonsOf(feature(atlas, atlas.objects.land)), slice, signal),
    borders: await build(
      borders.coordinates.map((line) => ({ type: 'LineString', coordinates: line })),
      slice,
      signal,
    ),
  };
}

type Shape = { type: 'Polygon'; coordinates: Position[][] } | { type: 'LineString'; coordinates: Position[] };

function polygonsOf(land: ReturnType<typeof feature>): Shape[] {
  const features = land.type === 'FeatureCollection' ? land.features : [land];
  return features.flatMap(({ geometry }) => {
    if (geometry.type === 'Polygon') return [{ type: 'Polygon', coordinates: geometry.coordinates } as const];
    if (geometry.type !== 'MultiPolygon') return [];
    return geometry.coordinates.map((coordinates) => ({ type: 'Polygon', coordinates }) as const);
  });
}

async function build(shapes: readonly Shape[], sliceMs: number, signal: AbortSignal): Promise<OutlinePart[]> {
  const bounds = geoPath(projection);
  const parts: OutlinePart[] = [];
  let started = performance.now();
  for (const shape of shapes) {
    const [[left, top], [right, bottom]] = bounds.bounds(shape);
    parts.push({ path: toPath(shape), left, top, right, bottom });
    if (performance.now() - started < sliceMs) continue;
    await new Promise((resolve) => setTimeout(resolve));
    signal.throwIfAborted();
    started = performance.now();
  }
  return parts;
}
