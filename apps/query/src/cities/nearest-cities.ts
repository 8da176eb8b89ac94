import type { Catalogue, NearCity } from '@isotherm/catalogue';
import type { Call } from '../call.ts';
import type { ShardRouter } from '../shards/shard-router.ts';

/** What is looked for. */
export interface NearestQuery {
  readonly latitude: number;
  readonly longitude: number;
  readonly limit: number;
  /** Only cities that have an observation. */
  readonly observedOnly: boolean;
}

/** Finds the cities closest to a place. @throws what a shard fails with that would know of one of them */
export type NearestCities = (query: NearestQuery, call: Call) => Promise<readonly NearCity[]>;

/** Cities that shards are asked for first, and at most at a time; each time ten times as many in all. */
const FIRST_ASKED = 100;
const MAX_ASKED = 5000;

/** Creates the search. */
export function createNearestCities(deps: {
  readonly catalogue: Catalogue;
  readonly router: ShardRouter;
}): NearestCities {
  const { catalogue, router } = deps;
  return async ({ latitude, longitude, limit, observedOnly }, call) => {
    if (!observedOnly) return catalogue.nearest(latitude, longitude, limit);
    const found: NearCity[] = [];
    let asked = 0;
    while (asked < catalogue.count && found.length < limit) {
      const more = Math.min(MAX_ASKED, Math.max(FIRST_ASKED, asked * 9));
      const next = catalogue.nearest(latitude, longitude, asked + more).slice(asked);
      asked += next.length;
      const { found: states, failed } = await router.getStates(
        next.map(({ city }) => city.cityId),
        {},
        call,
      );
      for (const near of next) {
        const error = failed.get(near.city.cityId);
        if (found.length < limit && error !== undefined) throw error;
        if (states.has(near.city.cityId)) found.push(near);
      }
    }
    return found.slice(0, limit);
  };
}
