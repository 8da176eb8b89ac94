import { Code, ConnectError, createClient, createRouterTransport, type ServiceImpl } from '@connectrpc/connect';
import { AnalyticsService } from '@isotherm/contracts/analytics/v1/analytics_service';
import { CityService } from '@isotherm/contracts/city/v1/city_service';
import { ForecastService } from '@isotherm/contracts/forecast/v1/forecast_service';
import { PlatformService } from '@isotherm/contracts/platform/v1/platform_service';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { createLiveStore } from './live-store.ts';
import type { PlatformClients } from './platform-clients.ts';

const WAIT = { timeout: 5_000, interval: 10 };
let closing: AbortController;
afterEach(() => closing.abort());

/** Waits until the caller goes. */
const untilGone = (signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));

const live = {
  citiesAdded: ['1850147'],
  cityIndex: [0],
  baseUnixMs: 1_700_000_000_000n,
  observedOffsetMs: [0n],
  temperatureCenticelsius: [2150],
  heatIndexCenticelsius: [2200],
  relativeHumidityCentipercent: [5000],
  windSpeedCentimps: [100],
  risks: [1],
};

function open(watch: ServiceImpl<typeof ForecastService>['watch']) {
  closing = new AbortController();
  const transport = createRouterTransport((router) => {
    router.service(ForecastService, { watch });
    router.service(CityService, {
      listCities: ({ pageToken }) =>
        pageToken === ''
          ? { cities: [{ cityId: '1850147', name: 'Tokyo', latitude: 35.7, longitude: 139.7 }], nextPageToken: 'more' }
          : { cities: [{ cityId: 'north-roof', name: 'north-roof' }], nextPageToken: '' },
    });
    router.service(PlatformService, {
      async *watchStats(_, { signal }) {
        yield { stats: { acceptedPerSecond: 7, cities: 1n } };
        await untilGone(signal);
      },
    });
  });
  const clients: PlatformClients = {
    forecast: createClient(ForecastService, transport),
    analytics: createClient(AnalyticsService, transport),
    cities: createClient(CityService, transport),
    platform: createClient(PlatformService, transport),
  };
  const store = createLiveStore(clients, () => 1_700_000_000_000);
  store.start(closing.signal);
  return store;
}

describe('the store of the page', () => {
  it('joins the list of cities with the values of the stream', async () => {
    const store = open(async function* (_, { signal }) {
      yield { live };
      await untilGone(signal);
    });
    await vi.waitFor(() => expect(store.table.size).toBe(2), WAIT);
    await vi.waitFor(() => expect(store.reporting.get()).toBe(1), WAIT);
    const slot = store.table.slotOf('1850147') ?? -1;
    expect(store.table.place(slot)?.name).toBe('Tokyo');
    expect(store.table.columns.temperature[slot]).toBe(2150);
    expect(store.table.located).toBe(1);
    await vi.waitFor(() => expect(store.stats.get().at(-1)?.acceptedPerSecond).toBe(7), WAIT);
    expect(store.connection.get().phase).toBe('live');
  });

  it('is not live while values do not come, although stats do', async () => {
    let attempts = 0;
    const store = open(async function* (_, { signal }) {
      attempts++;
      if (attempts < 3) throw new ConnectError('1000 watchers are the limit', Code.ResourceExhausted);
      yield { live };
      await untilGone(signal);
    });
    await vi.waitFor(() => expect(store.stats.get()).toHaveLength(1), WAIT);
    await vi.waitFor(() => expect(['failed', 'reconnecting']).toContain(store.connection.get().phase), WAIT);
    await vi.waitFor(() => expect(store.connection.get().phase).toBe('live'), WAIT);
    expect(attempts).toBe(3);
  });
});
