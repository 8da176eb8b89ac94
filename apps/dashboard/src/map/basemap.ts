import { type GeoContext, geoCircle, geoEqualEarth, geoPath } from 'd3-geo';
import { feature, mesh } from 'topojson-client';
import type { GeometryCollection, Topology } from 'topojson-specification';
import fineUrl from 'world-atlas/countries-50m.json?url';
import coarseUrl from 'world-atlas/countries-110m.json?url';
import { WORLD_SCALE } from './equal-earth.ts';
import { subsolarPoint } from './sun.ts';

type Atlas = Topology<{ countries: GeometryCollection; land: GeometryCollection }>;

/** Outlines in world units, ready to fill and stroke. */
export interface Outlines {
  readonly land: Path2D;
  readonly borders: Path2D;
}

const projection = geoEqualEarth().scale(WORLD_SCALE).translate([0, 0]).precision(0.4);

/** Degrees of the sun below the horizon at which the shade of night deepens: from sunset to the end of astronomical twilight. */
const TWILIGHTS_DEGREES = [0, 2, 4, 6, 8, 10, 12, 15, 18];

function toPath(object: Parameters<ReturnType<typeof geoPath>>[0]): Path2D {
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

/** The edge of the world. */
export function worldOutline(): Path2D {
  return toPath({ type: 'Sphere' });
}

let prefetched: Promise<Response> | undefined;

/** Asks for the coarse outlines before anything needs them: the sooner, the sooner there is a map. */
export function prefetchOutlines(): void {
  prefetched = fetch(coarseUrl);
  // Whoever uses it hears of a failure.
  prefetched.catch(() => undefined);
}

/** Natural Earth's outlines at 1:110m, or at 1:50m for a close look. */
export async function loadOutlines(detail: 'coarse' | 'fine', signal: AbortSignal): Promise<Outlines> {
  const early = detail === 'coarse' ? prefetched : undefined;
  prefetched = undefined;
  const response = await (early ?? fetch(detail === 'coarse' ? coarseUrl : fineUrl, { signal }));
  if (!response.ok) throw new Error(`the map's outlines answered ${response.status}`);
  const atlas: Atlas = await response.json();
  return {
    land: toPath(feature(atlas, atlas.objects.land)),
    borders: toPath(mesh(atlas, atlas.objects.countries, (one, other) => one !== other)),
  };
}

/** The night side at a time, as shapes that lie over each other from dusk to darkness. */
export function nightShapes(atMs: number): Path2D[] {
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
