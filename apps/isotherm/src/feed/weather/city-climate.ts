import { CLIMATE_NORMALS, type ClimateNormals } from './climate-normals.ts';
import { createNeighbourhood, type Neighbour, type Place } from './great-circle.ts';

/** What is usual at a place. */
export interface CityClimate {
  /** Mean temperature in °C, January to December. */
  readonly monthlyCelsius: readonly number[];
  /** Mean relative humidity in percent, January to December. */
  readonly monthlyHumidity: readonly number[];
  /** Difference of the daily high and low in °C. */
  readonly dailyRangeCelsius: number;
}

const MONTHS = Array.from({ length: 12 }, (_, month) => month);

/** Says what is usual at a place, from the normals around it and how far towards the pole it lies from them. */
export function createClimate(normals: readonly ClimateNormals[] = CLIMATE_NORMALS): (place: Place) => CityClimate {
  const neighbourhood = createNeighbourhood(normals);
  return (place) => climateAmong(place, neighbourhood.nearest(place, { count: 5, softenKm: 60, power: 2.5 }));
}

function climateAmong(place: Place, around: readonly Neighbour<ClimateNormals>[]): CityClimate {
  const mean = (value: (normal: ClimateNormals) => number) =>
    around.reduce((sum, { item, weight }) => sum + weight * value(item), 0);
  const monthlyCelsius = MONTHS.map((month) =>
    mean((normal) => {
      const poleward = Math.abs(place.latitude) - Math.abs(normal.latitude);
      return (normal.monthlyCelsius[month] ?? 0) + poleward * polewardGradient(place.latitude, month);
    }),
  );
  const january = mean((normal) => normal.januaryHumidity);
  const july = mean((normal) => normal.julyHumidity);
  const monthlyHumidity = MONTHS.map((month) => (january + july) / 2 + ((january - july) / 2) * winterOfNorth(month));
  return { monthlyCelsius, monthlyHumidity, dailyRangeCelsius: 4.5 + 0.1 * (100 - (january + july) / 2) };
}

/** °C a degree of latitude: little in the tropics, more beyond, most in winter. */
function polewardGradient(latitude: number, month: number): number {
  const beyondTropics = Math.min(1, Math.max(0, (Math.abs(latitude) - 15) / 20));
  const winter = latitude >= 0 ? winterOfNorth(month) : -winterOfNorth(month);
  return -0.1 - beyondTropics * (0.45 + 0.25 * winter);
}

/** 1 in January, −1 in July. */
function winterOfNorth(month: number): number {
  return Math.cos((month / 6) * Math.PI);
}
