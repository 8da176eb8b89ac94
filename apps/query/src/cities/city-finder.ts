import type { Catalogue, City } from '@isotherm/catalogue';
import type { CityState } from '@isotherm/contracts/compute/v1/compute_service';
import type { IsothermError } from '@isotherm/service-kit';
import type { Call } from '../call.ts';
import type { ShardRouter, StateQuery } from '../shards/shard-router.ts';
import { cityUnknown, cityWithoutObservations } from './city-errors.ts';
import { createNearMatches } from './near-matches.ts';

/** What became of one text that was to name a city. */
export type Finding =
  | { readonly kind: 'found'; readonly text: string; readonly city: City; readonly state: CityState }
  /** Nothing is known of it: `error` says which kind of nothing, and is made when asked for: near matches take time. */
  | { readonly kind: 'unknown'; readonly text: string; error(): IsothermError }
  /** Its shard did not answer. */
  | { readonly kind: 'failed'; readonly text: string; error(): IsothermError };

/**
 * Turns ids and names into cities and their states. What is the name of a city of the catalogue means that city, whatever
 * producers call theirs; `id:` before a text says that it is an id.
 */
export interface CityFinder {
  /** One finding a text, in their order. */
  find(texts: readonly string[], query: StateQuery, call: Call): Promise<readonly Finding[]>;
  /** The city a text means, with its state. @throws the finding's error where there is none. */
  findOne(text: string, query: StateQuery, call: Call): Promise<Finding & { kind: 'found' }>;
  /**
   * The city a text means, whether it has observations or not, and also while its shard is away.
   * @throws CITY_UNKNOWN
   */
  resolve(text: string, call: Call): Promise<City>;
  /** @throws CITY_WITHOUT_OBSERVATIONS if the city's shard answers and knows nothing of it. */
  requireObserved(city: City, call: Call): Promise<void>;
}

const MAX_ID_BYTES = 64;
const ID_PREFIX = 'id:';

/** Creates a finder. */
export function createCityFinder(deps: { readonly catalogue: Catalogue; readonly router: ShardRouter }): CityFinder {
  const { catalogue, router } = deps;
  const near = createNearMatches(catalogue);

  /** Ids that the text may mean, the first one that has observations counts. */
  function candidates(text: string): readonly string[] {
    if (text.startsWith(ID_PREFIX)) return [withoutPrefix(text)];
    const listed = catalogue.listed(text)?.cityId;
    if (listed === text) return [text];
    const asId = Buffer.byteLength(text) <= MAX_ID_BYTES ? text : undefined;
    const ids = [listed, asId, catalogue.resolve(text)?.cityId];
    return [...new Set(ids.filter((id) => id !== undefined))];
  }

  async function find(texts: readonly string[], query: StateQuery, call: Call): Promise<Finding[]> {
    const idsOf = texts.map(candidates);
    const { found, failed } = await router.getStates(idsOf.flat(), query, call);
    return texts.map((text, i): Finding => {
      const ids = idsOf[i] ?? [];
      // While the shard of the city that has the name is away, another one does not answer to it.
      const away = failed.get(catalogue.listed(text)?.cityId ?? '');
      if (away !== undefined) return { kind: 'failed', text, error: () => away };
      for (const id of ids) {
        const state = found.get(id);
        if (state !== undefined) return { kind: 'found', text, state, city: catalogue.observeCity(id) };
      }
      for (const id of ids) {
        const error = failed.get(id);
        if (error !== undefined) return { kind: 'failed', text, error: () => error };
      }
      const error = () => {
        const city = catalogue.resolve(withoutPrefix(text));
        return city === undefined ? cityUnknown(text, near(text)) : cityWithoutObservations(city);
      };
      return { kind: 'unknown', text, error };
    });
  }

  async function findOne(text: string, query: StateQuery, call: Call): Promise<Finding & { kind: 'found' }> {
    const [finding] = await find([text], query, call);
    if (finding?.kind === 'found') return finding;
    throw finding?.error();
  }

  return {
    find,
    findOne,
    async resolve(text, call) {
      const listed = catalogue.listed(text);
      if (listed?.cityId === text) return listed;
      const [finding] = await find([text], {}, call);
      if (finding?.kind === 'found') return finding.city;
      const named = catalogue.resolve(withoutPrefix(text));
      if (named !== undefined) return named;
      throw finding?.error();
    },
    async requireObserved(city, call) {
      const { found, failed } = await router.getStates([city.cityId], {}, call);
      if (found.size === 0 && failed.size === 0) throw cityWithoutObservations(city);
    },
  };
}

function withoutPrefix(text: string): string {
  return text.startsWith(ID_PREFIX) ? text.slice(ID_PREFIX.length) : text;
}
