import { loadCatalogue } from '@isotherm/catalogue';
import { CATALOGUE_PATH, SAMPLES_PATH } from '../paths.ts';
import type { FeedCity } from './start-feed.ts';
import { type Deviations, deviationsOf } from './weather/deviations.ts';
import { loadRealSeries } from './weather/real-series.ts';

/** The largest cities of the catalogue, and the series their weather is made of. */
export async function loadFeedData(
  cityCount: number,
): Promise<{ readonly cities: FeedCity[]; readonly series: Deviations[] }> {
  const [catalogue, series] = await Promise.all([
    loadCatalogue({ path: CATALOGUE_PATH }),
    loadRealSeries(SAMPLES_PATH),
  ]);
  const cities = catalogue.largest(cityCount).map(({ cityId, latitude, longitude }) => ({
    cityId,
    latitude: latitude ?? 0,
    longitude: longitude ?? 0,
  }));
  return { cities, series: deviationsOf(series) };
}
