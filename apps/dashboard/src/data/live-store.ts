import type { City } from '@isotherm/contracts/city/v1/city_service';
import { type CityPlace, CityTable, MISSING } from './city-table.ts';
import { type ConnectionState, nextConnectionState } from './connection-state.ts';
import { describeFailure } from './describe-failure.ts';
import { createLiveMerge, type LiveMerge } from './live-merge.ts';
import { createMoments, type Moments } from './moments.ts';
import { createObservable, type Observable } from './observable.ts';
import type { PlatformClients } from './platform-clients.ts';
import { createPlatformClock, type PlatformClock } from './platform-clock.ts';
import { pause, runReconnectingStream } from './reconnecting-stream.ts';
import { appendStats, type StatsSample } from './stats-history.ts';
import { toStatsSample } from './stats-sample.ts';

/** Everything the page knows, kept outside of React and filled by the platform's streams. */
export interface LiveStore {
  readonly table: CityTable;
  readonly moments: Moments;
  readonly clock: PlatformClock;
  readonly connection: Observable<ConnectionState>;
  readonly stats: Observable<readonly StatsSample[]>;
  /** Rises with every message that changed a value. */
  readonly valuesVersion: Observable<number>;
  /** Rises when cities were added or described. */
  readonly placesVersion: Observable<number>;
  /** Cities that have a value. */
  readonly reporting: Observable<number>;
  /** Hears of each changed row. */
  onRow(listener: (slot: number) => void): () => void;
  /** Records places of cities, e.g. of a search. */
  describe(cities: readonly City[]): void;
  /** Listens until `signal` aborts; may be called again after that. */
  start(signal: AbortSignal): void;
}

type StreamName = 'values' | 'stats';

/** Cities a page of the list holds. */
const LIST_PAGE = 15_000;
const LIST_AGAIN_MS = 3_600_000;
/** Stats come every second; after this silence the connection counts as lost. */
const STATS_SILENCE_MS = 5_000;
/** The platform sends at most this often. */
const WATCH_INTERVAL_NANOS = 250_000_000;

/** Creates the store. `now` is the browser's clock. */
export function createLiveStore(clients: PlatformClients, now: () => number): LiveStore {
  const table = new CityTable();
  const moments = createMoments();
  const clock = createPlatformClock(now);
  const connection = createObservable<ConnectionState>({ phase: 'connecting', sinceMs: now() });
  const history = createObservable<readonly StatsSample[]>([]);
  const valuesVersion = createObservable(0);
  const placesVersion = createObservable(0);
  const reporting = createObservable(0);
  const rowListeners = new Set<(slot: number) => void>();
  const seen = new Set<number>();

  // The page is live only while both streams are: one that works must not hide that the other does not.
  const lostStreams = new Set<StreamName>();
  const heard = (stream: StreamName): void => {
    lostStreams.delete(stream);
    if (lostStreams.size > 0) return;
    connection.set(nextConnectionState(connection.get(), { kind: 'message', atMs: now() }));
  };
  const lost = (stream: StreamName) => (reason: unknown) => {
    lostStreams.add(stream);
    const event = { kind: 'lost', atMs: now(), reason: describeFailure(reason) } as const;
    connection.set(nextConnectionState(connection.get(), event));
  };

  const onRow = (slot: number): void => {
    const { observedMs, temperature, heatIndex } = table.columns;
    const warm = temperature[slot] ?? MISSING;
    clock.see(observedMs[slot] ?? 0);
    moments.record(slot, observedMs[slot] ?? 0, warm, heatIndex[slot] ?? MISSING);
    if (warm !== MISSING) seen.add(slot);
    for (const listener of rowListeners) listener(slot);
  };

  const describe = (cities: readonly City[]): void => {
    for (const city of cities) table.describe(toPlace(city));
    placesVersion.set(table.placesVersion);
  };

  const loadCities = async (signal: AbortSignal): Promise<void> => {
    for (let pageToken = ''; ; ) {
      const page = await clients.cities.listCities({ pageSize: LIST_PAGE, pageToken }, { signal });
      describe(page.cities);
      pageToken = page.nextPageToken;
      if (pageToken === '') return;
    }
  };

  const watchValues = (signal: AbortSignal): Promise<void> => {
    let merge: LiveMerge = createLiveMerge(table, onRow);
    return runReconnectingStream({
      signal,
      silenceMs: 0,
      open: (attempt) =>
        clients.forecast.watch({ minInterval: { seconds: 0n, nanos: WATCH_INTERVAL_NANOS } }, { signal: attempt }),
      onOpen: () => {
        merge = createLiveMerge(table, onRow);
      },
      onMessage: ({ live, reachability }) => {
        const written = live ? merge.merge(live) : 0;
        if (reachability) merge.mark(reachability);
        if (written > 0 || reachability) {
          placesVersion.set(table.placesVersion);
          reporting.set(seen.size);
          valuesVersion.set(valuesVersion.get() + 1);
        }
        heard('values');
      },
      onLost: lost('values'),
    });
  };

  const watchStats = (signal: AbortSignal): Promise<void> =>
    runReconnectingStream({
      signal,
      silenceMs: STATS_SILENCE_MS,
      open: (attempt) => clients.platform.watchStats({}, { signal: attempt }),
      onMessage: ({ stats }) => {
        if (!stats) return;
        const sample = toStatsSample(stats, now());
        clock.hear(sample);
        history.set(appendStats(history.get(), sample));
        heard('stats');
      },
      onLost: lost('stats'),
    });

  return {
    table,
    moments,
    clock,
    connection,
    stats: history,
    valuesVersion,
    placesVersion,
    reporting,
    describe,
    onRow(listener) {
      rowListeners.add(listener);
      return () => rowListeners.delete(listener);
    },
    start(signal) {
      void watchStats(signal);
      void watchValues(signal);
      void runReconnectingStream({
        signal,
        silenceMs: 0,
        open: async function* (attempt) {
          await loadCities(attempt);
          yield true;
          // Cities change rarely; the list is read again once an hour.
          await pause(LIST_AGAIN_MS, attempt);
        },
        onMessage: () => undefined,
        onLost: () => undefined,
      });
    },
  };
}

function toPlace(city: City): CityPlace {
  return {
    cityId: city.cityId,
    name: city.name,
    countryCode: city.countryCode,
    country: city.country,
    latitude: city.latitude,
    longitude: city.longitude,
    population: Number(city.population),
    timeZone: city.timeZone,
  };
}
