import type { MapMetric } from '../settings/settings.ts';
import { type CityColumns, MISSING } from './city-table.ts';
import type { LiveStore } from './live-store.ts';
import { FADED_MS } from './staleness.ts';
import { createTopCities } from './top-cities.ts';

/** A place in the list of the hottest cities. */
export interface HottestCity {
  readonly slot: number;
  readonly cityId: string;
  readonly name: string;
  readonly country: string;
  readonly countryCode: string;
  readonly celsius: number;
  readonly risk: number;
}

/** Ranks the hottest cities now. */
export interface HottestRanking {
  /** The hottest by a metric, hottest first. */
  read(metric: MapMetric): readonly HottestCity[];
  /** The hottest among given values, for a moment of the past. */
  readValues(values: Int16Array): readonly HottestCity[];
}

/** Creates the ranking; it follows the store's rows from now on. */
export function createHottestRanking(store: LiveStore, limit: number): HottestRanking {
  const { table } = store;
  const value = (metric: MapMetric) => (slot: number) => {
    const columns: CityColumns = table.columns;
    if (store.clock.now() - (columns.observedMs[slot] ?? 0) > FADED_MS) return MISSING;
    return columns[metric][slot] ?? MISSING;
  };
  const size = (): number => table.size;
  const byMetric = {
    heatIndex: createTopCities({ size, value: value('heatIndex') }, limit),
    temperature: createTopCities({ size, value: value('temperature') }, limit),
  };
  store.onRow((slot) => {
    byMetric.heatIndex.touch(slot);
    byMetric.temperature.touch(slot);
  });
  const toCity = (slot: number, values: Int16Array): HottestCity[] => {
    const place = table.place(slot);
    if (!place) return [];
    const { cityId, name, country, countryCode } = place;
    const celsius = (values[slot] ?? 0) / 100;
    return [{ slot, cityId, name, country, countryCode, celsius, risk: table.columns.risk[slot] ?? 0 }];
  };
  return {
    read: (metric) => byMetric[metric].read().flatMap((slot) => toCity(slot, table.columns[metric])),
    readValues(values) {
      const top = createTopCities({ size, value: (slot) => values[slot] ?? MISSING }, limit);
      return top.read().flatMap((slot) => toCity(slot, values));
    },
  };
}
