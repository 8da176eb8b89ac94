import { timestampFromMs } from '@bufbuild/protobuf/wkt';
import { Metric } from '@isotherm/contracts/analytics/v1/analytics_service';
import type { MapMetric } from '../settings/settings.ts';
import { MISSING } from './city-table.ts';
import type { LiveStore } from './live-store.ts';
import { MOMENT_MS } from './moments.ts';
import { createObservable, type Observable } from './observable.ts';
import type { PlatformClients } from './platform-clients.ts';

/** The map at a time of the past. */
export interface PastMoment {
  readonly atMs: number;
  readonly values: Int16Array;
  readonly heatIndex: Int16Array;
  /** Cities with a value. */
  readonly cities: number;
  /** `memory`: seen by this page. `ranking`: the hottest cities of that hour, as the platform stored them. */
  readonly source: 'memory' | 'ranking' | 'loading';
}

/** Most cities one ranking may hold. */
const RANKING_LIMIT = 1_000;
const HOUR_MS = 3_600_000;
/** A moment counts as remembered when this share of the cities has a value. */
const ENOUGH = 0.6;

/** Looks back: from the page's own memory where it reaches, otherwise at the hottest cities of that hour. */
export interface PastView {
  /** The moment looked at; undefined while live. */
  readonly moment: Observable<PastMoment | undefined>;
  /** Looks at a time, or back to now. */
  lookAt(atMs: number | undefined): void;
}

/** Creates the view; `metric` is what the map shows. */
export function createPastView(store: LiveStore, clients: PlatformClients, metric: () => MapMetric): PastView {
  const moment = createObservable<PastMoment | undefined>(undefined);
  const rankings = new Map<string, Promise<readonly (readonly [slot: number, centicelsius: number])[]>>();
  let current = new AbortController();

  const remembered = (atMs: number): PastMoment => {
    const capacity = store.table.columns.x.length;
    const values = new Int16Array(capacity);
    const cities = store.moments.readInto(values, atMs, metric());
    let heatIndex = values;
    if (metric() !== 'heatIndex') {
      heatIndex = new Int16Array(capacity);
      store.moments.readInto(heatIndex, atMs, 'heatIndex');
    }
    return { atMs, values, heatIndex, cities, source: 'memory' };
  };

  const rank = (hourMs: number): Promise<readonly (readonly [number, number])[]> => {
    const key = `${metric()} ${hourMs}`;
    let ranking = rankings.get(key);
    if (!ranking) {
      const request = {
        metric: metric() === 'heatIndex' ? Metric.HEAT_INDEX : Metric.TEMPERATURE,
        startTime: timestampFromMs(hourMs),
        endTime: timestampFromMs(hourMs + HOUR_MS),
        limit: RANKING_LIMIT,
      };
      ranking = clients.analytics.rankCities(request, { timeoutMs: 10_000 }).then((answer) =>
        answer.cities.flatMap(({ city, value }) => {
          const slot = city && store.table.slotOf(city.cityId);
          return slot === undefined ? [] : [[slot, Math.round(value * 100)] as const];
        }),
      );
      ranking.catch(() => rankings.delete(key));
      rankings.set(key, ranking);
    }
    return ranking;
  };

  return {
    moment,
    lookAt(atMs) {
      current.abort();
      if (atMs === undefined) {
        moment.set(undefined);
        return;
      }
      const seen = remembered(Math.floor(atMs / MOMENT_MS) * MOMENT_MS);
      if (seen.cities >= store.reporting.get() * ENOUGH) {
        moment.set(seen);
        return;
      }
      current = new AbortController();
      const { signal } = current;
      moment.set({ ...seen, source: 'loading' });
      rank(Math.floor(atMs / HOUR_MS) * HOUR_MS)
        .then((ranked) => {
          if (signal.aborted) return;
          const values = seen.values.slice();
          for (const [slot, centicelsius] of ranked) if (values[slot] === MISSING) values[slot] = centicelsius;
          const cities = values.reduce((count, value) => (value === MISSING ? count : count + 1), 0);
          const heatIndex = metric() === 'heatIndex' ? values : seen.heatIndex;
          moment.set({ atMs: seen.atMs, values, heatIndex, cities, source: 'ranking' });
        })
        .catch(() => {
          if (!signal.aborted) moment.set({ ...seen, source: 'memory' });
        });
    },
  };
}
