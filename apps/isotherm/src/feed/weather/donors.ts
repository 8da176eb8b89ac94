import type { Deviations } from './deviations.ts';
import { createNeighbourhood, type Place } from './great-circle.ts';
import { HOURS_PER_YEAR } from './real-series.ts';

/** A real series that a city's weather is made of. */
export interface Donor {
  /** Index of the series. */
  readonly index: number;
  /** Share; a city's shares add up to 1. */
  readonly weight: number;
  /** Hours from the city's time to the donor's at the same local solar time and season. */
  readonly shiftHours: number;
}

/** How many series make up a city's weather. */
export const DONORS_PER_CITY = 4;

/** Within this distance a series is the city's own. */
const OWN_KM = 40;
/** The real neighbourhood counts alone up to the first distance, and not at all from the second on. */
const NEIGHBOURS_UP_TO_KM = 800;
const NEIGHBOURS_NONE_FROM_KM = 2500;

/** What a city's weather is made of. */
export interface CityDonors {
  /** At most {@link DONORS_PER_CITY}. */
  readonly donors: readonly Donor[];
  /** Whether a real series was taken at the city itself. */
  readonly sampled: boolean;
}

/**
 * Finds the real series nearest to a city. Where none is near, the map is folded: latitudes are squeezed and longitudes
 * mirrored to and fro onto North America, so that neighbours anywhere share their weather and distant cities do not.
 */
export function createDonors(series: readonly Deviations[]): (place: Place) => CityDonors {
  const neighbourhood = createNeighbourhood(series);
  const indices = new Map(series.map((one, index) => [one, index]));
  return (place) => {
    const options = { count: DONORS_PER_CITY - 1, softenKm: 20, power: 3 };
    const near = neighbourhood.nearest(place, options);
    const nearestKm = near[0]?.km ?? Number.POSITIVE_INFINITY;
    const away = smoothStep((nearestKm - NEIGHBOURS_UP_TO_KM) / (NEIGHBOURS_NONE_FROM_KM - NEIGHBOURS_UP_TO_KM));
    const weights = new Map<Deviations, number>();
    for (const { item, weight } of near) weights.set(item, weight * (1 - away));
    for (const { item, weight } of neighbourhood.nearest(fold(place), { ...options, softenKm: 250 })) {
      weights.set(item, (weights.get(item) ?? 0) + weight * away);
    }
    const chosen = [...weights].sort(([, a], [, b]) => b - a).slice(0, DONORS_PER_CITY);
    const sum = chosen.reduce((total, [, weight]) => total + weight, 0);
    const halfYear = place.latitude < 0 ? HOURS_PER_YEAR / 2 : 0;
    const donors = chosen.map(([item, weight]) => ({
      index: indices.get(item) ?? 0,
      weight: weight / sum,
      shiftHours: (place.longitude - item.longitude) / 15 + halfYear,
    }));
    return { donors, sampled: nearestKm <= OWN_KM };
  };
}

function fold({ latitude, longitude }: Place): Place {
  const west = -123;
  const width = 52;
  const along = (((longitude - west) % (2 * width)) + 2 * width) % (2 * width);
  return {
    latitude: 25 + (Math.min(65, Math.abs(latitude)) / 65) * 25,
    longitude: west + (along <= width ? along : 2 * width - along),
  };
}

function smoothStep(x: number): number {
  const t = Math.min(1, Math.max(0, x));
  return t * t * (3 - 2 * t);
}
