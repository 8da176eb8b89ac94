const RADIANS = Math.PI / 180;
const EARTH_RADIUS_KM = 6371;

/** Where something lies, in degrees north and east. */
export interface Place {
  readonly latitude: number;
  readonly longitude: number;
}

/** A candidate near a place. */
export interface Neighbour<T> {
  readonly item: T;
  readonly km: number;
  /** Falls with distance; the weights of one answer add up to 1. */
  readonly weight: number;
}

/** Finds what lies nearest. */
export interface Neighbourhood<T extends Place> {
  /** The `count` nearest, the closest first, weighted by (km² + softenKm²)^(−power/2). */
  nearest(
    place: Place,
    options: { readonly count: number; readonly softenKm: number; readonly power: number },
  ): readonly Neighbour<T>[];
}

/** Prepares candidates for many questions: one pass over unit vectors each. */
export function createNeighbourhood<T extends Place>(items: readonly T[]): Neighbourhood<T> {
  const vectors = new Float64Array(items.length * 3);
  for (const [index, item] of items.entries()) vectors.set(unitVector(item), index * 3);
  return {
    nearest(place, { count, softenKm, power }) {
      const [x, y, z] = unitVector(place);
      const found: { readonly index: number; readonly cosine: number }[] = [];
      let worst = -2;
      for (let index = 0; index < items.length; index += 1) {
        const cosine = vectors[index * 3]! * x + vectors[index * 3 + 1]! * y + vectors[index * 3 + 2]! * z;
        if (cosine <= worst) continue;
        let at = found.length;
        while (at > 0 && found[at - 1]!.cosine < cosine) at -= 1;
        found.splice(at, 0, { index, cosine });
        if (found.length > count) found.pop();
        if (found.length === count) worst = found[count - 1]!.cosine;
      }
      const near = found.map(({ index, cosine }) => {
        const km = EARTH_RADIUS_KM * Math.acos(Math.min(1, cosine));
        return { item: items[index]!, km, raw: (km * km + softenKm ** 2) ** (-power / 2) };
      });
      const sum = near.reduce((total, { raw }) => total + raw, 0);
      return near.map(({ item, km, raw }) => ({ item, km, weight: raw / sum }));
    },
  };
}

function unitVector({ latitude, longitude }: Place): [number, number, number] {
  const phi = latitude * RADIANS;
  const lambda = longitude * RADIANS;
  return [Math.cos(phi) * Math.cos(lambda), Math.cos(phi) * Math.sin(lambda), Math.sin(phi)];
}
