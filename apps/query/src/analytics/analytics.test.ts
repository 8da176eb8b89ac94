import { timestampFromMs, timestampMs } from '@bufbuild/protobuf/wkt';
import { Code } from '@connectrpc/connect';
import { AnalyticsService, Metric, Resolution } from '@isotherm/contracts/analytics/v1/analytics_service';
import { StoredKind } from '@isotherm/contracts/compute/v1/compute_service';
import { SpeedUnit, TemperatureUnit } from '@isotherm/contracts/type/v1/weather';
import { IsothermError } from '@isotherm/service-kit';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { caught } from '../testing/caught.ts';
import { cityState } from '../testing/city-state.ts';
import { createFakeAnalytics, historyRow } from '../testing/fake-analytics.ts';
import { BERLIN, NOW_MS, PARIS, startTestPlatform } from '../testing/test-platform.ts';

const MINUTE_MS = 60_000;
const DAY_MS = 1440 * MINUTE_MS;

const analytics = createFakeAnalytics();
const platform = await startTestPlatform({ analytics, maxAnalyticalQueries: 2 });
const { shardA } = platform;
shardA.put(cityState(BERLIN));
const client = platform.client(AnalyticsService);
afterAll(() => platform[Symbol.asyncDispose]());
beforeEach(() => {
  // Answers are kept for a while by the platform's clock: every test begins after that while.
  platform.nowMs += DAY_MS;
  analytics.histories.length = 0;
  analytics.ranks.length = 0;
  analytics.held = undefined;
  analytics.rows = [];
});

const at = (ms: number) => timestampFromMs(ms);

/** Keeps the store from answering until released, at the latest when the test ends. */
function held(): Disposable & { release(): void } {
  const turn = Promise.withResolvers<void>();
  analytics.held = turn.promise;
  return { release: turn.resolve, [Symbol.dispose]: turn.resolve };
}

describe('QueryHistory', () => {
  it('answers the last 24 hours by the minute in the units asked for, missing values left out', async () => {
    const start = platform.nowMs - 5 * MINUTE_MS;
    analytics.rows = [historyRow(start, { count: 3, temperature: 20, temperatureMax: 25, wind: 10, rolling1h: 30 })];
    const units = { temperature: TemperatureUnit.FAHRENHEIT, windSpeed: SpeedUnit.KILOMETERS_PER_HOUR };
    const history = await client.queryHistory({ city: 'berlin', units });
    expect(history).toMatchObject({
      city: { name: 'Berlin' },
      resolution: Resolution.MINUTE,
      timeZone: 'Europe/Berlin',
      units,
    });
    expect(history.points).toHaveLength(1);
    const [point] = history.points;
    expect(point).toMatchObject({
      count: 3n,
      temperature: 68,
      temperatureMax: 77,
      windSpeed: 36,
      heatIndexRolling1h: 86,
    });
    expect(point?.temperatureMin).toBeUndefined();
    expect(timestampMs(point!.startTime!)).toBe(start);
    expect(analytics.histories[0]).toMatchObject({
      cityId: BERLIN,
      fromMs: platform.nowMs - DAY_MS,
      toMs: platform.nowMs,
      resolution: 'minute',
    });
  });

  it.each([
    [25 * 60, Resolution.MINUTE],
    [25 * 60 + 1, Resolution.QUARTER_HOUR],
    [1500 * 15, Resolution.QUARTER_HOUR],
    [1500 * 15 + 1, Resolution.HOUR],
    [1500 * 60, Resolution.HOUR],
    [1500 * 60 + 1, Resolution.DAY],
  ])('chooses for a span of %d minutes a resolution of at most 1,500 points', async (minutes, resolution) => {
    analytics.rows = [historyRow(platform.nowMs - 1)];
    const startTime = at(platform.nowMs - minutes * MINUTE_MS);
    expect((await client.queryHistory({ city: BERLIN, startTime })).resolution).toBe(resolution);
  });

  it('pages without a gap or a repetition, also while now moves on', async () => {
    const rows = Array.from({ length: 25 }, (_, i) => historyRow(platform.nowMs - (25 - i) * MINUTE_MS));
    analytics.rows = rows;
    const starts: number[] = [];
    let pageToken = '';
    do {
      const page = await client.queryHistory({ city: 'Berlin', pageSize: 10, pageToken });
      starts.push(...page.points.map(({ startTime }) => timestampMs(startTime!)));
      pageToken = page.nextPageToken;
      platform.nowMs += 10 * MINUTE_MS;
      analytics.rows = [...rows, historyRow(platform.nowMs - 1)];
    } while (pageToken !== '');
    expect(starts).toEqual(rows.map(({ startMs }) => startMs));
    expect(analytics.histories).toHaveLength(3);
  });

  it('pages raw observations of one instant by their place in the log', async () => {
    const startMs = platform.nowMs - MINUTE_MS;
    analytics.rows = [0, 1, 2].map((row) => historyRow(startMs, { position: { partition: 0, offset: 5, row } }));
    const first = await client.queryHistory({ city: BERLIN, resolution: Resolution.RAW, pageSize: 2 });
    expect(first.points).toHaveLength(2);
    const second = await client.queryHistory({
      city: BERLIN,
      resolution: Resolution.RAW,
      pageSize: 2,
      pageToken: first.nextPageToken,
    });
    expect(analytics.histories.at(-1)?.after).toEqual({ startMs, partition: 0, offset: 5, row: 1 });
    expect(second).toMatchObject({ points: [{}], nextPageToken: '' });
  });

  it('takes a page larger than 10,000 points as one of 10,000', async () => {
    const startMs = platform.nowMs - MINUTE_MS;
    analytics.rows = Array.from({ length: 10_001 }, (_, row) =>
      historyRow(startMs, { position: { partition: 0, offset: 5, row } }),
    );
    const page = await client.queryHistory({ city: BERLIN, resolution: Resolution.RAW, pageSize: 4_000_000_000 });
    expect(page.points).toHaveLength(10_000);
    expect(page.nextPageToken).not.toBe('');
  });

  it('refuses a page token that was changed or belongs to another query', async () => {
    analytics.rows = [1, 2].map((minute) => historyRow(platform.nowMs - minute * MINUTE_MS)).reverse();
    const { nextPageToken } = await client.queryHistory({ city: BERLIN, pageSize: 1 });
    for (const request of [
      { city: PARIS, pageToken: nextPageToken },
      { city: BERLIN, timeZone: 'UTC', pageToken: nextPageToken },
      { city: BERLIN, pageToken: `x${nextPageToken}` },
      { city: BERLIN, pageToken: 'nonsense' },
    ]) {
      expect(await caught(client.queryHistory(request))).toMatchObject({
        code: Code.InvalidArgument,
        fields: ['page_token'],
      });
    }
  });

  it.each([
    ['a span that ends before it begins', { startTime: at(NOW_MS), endTime: at(NOW_MS - 1) }, 'start_time'],
    ['an empty span', { startTime: at(NOW_MS), endTime: at(NOW_MS) }, 'start_time'],
    ['a time before 1970', { startTime: at(-1) }, 'start_time'],
    ['a time past 2106', { endTime: at(4_294_967_295_001) }, 'end_time'],
    ['a zone that does not exist', { timeZone: 'Mars/Olympus' }, 'time_zone'],
    ['an offset for a zone', { timeZone: '+02:00' }, 'time_zone'],
    ['a resolution nobody defined', { resolution: 77 }, 'resolution'],
  ])('refuses %s and names the field', async (_what, request, field) => {
    const told = await caught(client.queryHistory({ city: BERLIN, ...request }));
    expect(told).toMatchObject({ code: Code.InvalidArgument, fields: [field] });
  });

  it('tells a city without observations from a span without any', async () => {
    expect((await client.queryHistory({ city: BERLIN })).points).toEqual([]);
    const madrid = await caught(client.queryHistory({ city: 'Madrid' }));
    expect(madrid).toMatchObject({ code: Code.NotFound, reason: 'CITY_WITHOUT_OBSERVATIONS' });
    expect(await caught(client.queryHistory({ city: 'Berlln' }))).toMatchObject({ reason: 'CITY_UNKNOWN' });
  });

  it('runs equal queries once', async () => {
    using turn = held();
    analytics.rows = [historyRow(platform.nowMs - 1)];
    const answers = Promise.all(Array.from({ length: 20 }, () => client.queryHistory({ city: 'berlin' })));
    await expect.poll(() => analytics.histories.length).toBe(1);
    turn.release();
    expect((await answers).every(({ points }) => points.length === 1)).toBe(true);
    expect(analytics.histories).toHaveLength(1);
  });

  it('refuses queries past the limit, and lets none wait past its deadline', async () => {
    using _gate = held();
    const slow = ['Berlin', 'Paris'].map((city) => caught(client.queryHistory({ city }, { timeoutMs: 1500 })));
    await expect.poll(() => analytics.histories.length).toBe(2);
    const told = await caught(client.queryHistory({ city: 'Rome' }));
    expect(told).toMatchObject({ code: Code.ResourceExhausted, reason: 'TOO_MANY_QUERIES', retries: true });
    for (const each of slow) expect(await each).toMatchObject({ code: Code.DeadlineExceeded });
  });
});

describe('A history with a read token', () => {
  const readToken = { incarnation: 'aa', partitions: [0, 1], offsets: [41n, 99n] };
  it('has the rows of the city stored first, and of no other partition', async () => {
    await client.queryHistory({ city: BERLIN, readToken });
    expect(shardA.storeRequests.at(-1)).toMatchObject({
      readToken: { incarnation: 'aa', partitions: [0], offsets: [41n] },
      kind: StoredKind.MINUTE_ROWS,
    });
    await client.queryHistory({ city: BERLIN, readToken: { ...readToken, partitions: [7, 9] } });
    expect(shardA.storeRequests).toHaveLength(1);
  });

  it('waits for raw observations until their shard says that they are stored', async () => {
    const stored = Promise.withResolvers<void>();
    shardA.storeAnswer = () => stored.promise;
    const waiting = client.queryHistory({ city: BERLIN, resolution: Resolution.RAW, readToken });
    await expect.poll(() => shardA.storeRequests.at(-1)?.kind).toBe(StoredKind.RECORDS);
    expect(analytics.histories).toHaveLength(0);
    stored.resolve();
    await waiting;
    expect(analytics.histories).toHaveLength(1);
    shardA.storeAnswer = undefined;
  });

  it('says what is stored and what was wanted, in the words of the shard, when the deadline comes first', async () => {
    shardA.storeAnswer = () =>
      Promise.reject(
        new IsothermError({
          code: 'DEADLINE_EXCEEDED',
          id: 'READ_NOT_YET_STORED',
          message: 'Partition 0 has stored offset 39, the read wants 41.',
          retryAfterMs: 1000,
          metadata: { partition: '0', stored: '39', wanted: '41' },
        }),
      );
    const told = await caught(client.queryHistory({ city: BERLIN, readToken }));
    expect(told).toMatchObject({
      code: Code.DeadlineExceeded,
      reason: 'READ_NOT_YET_STORED',
      retries: true,
      metadata: { stored: '39', wanted: '41' },
    });
    expect(told.error.rawMessage).toContain('Partition 0 has stored offset 39, the read wants 41.');
    shardA.storeAnswer = undefined;
  });

  it('refuses a token whose columns differ in length', async () => {
    const told = await caught(client.queryHistory({ city: BERLIN, readToken: { ...readToken, offsets: [1n] } }));
    expect(told).toMatchObject({ code: Code.InvalidArgument, fields: ['read_token'] });
  });
});

describe('RankCities', () => {
  it('orders by mean heat index over the last hour, ten at most, with units and demo marks', async () => {
    analytics.ranking = [
      { cityId: PARIS, value: 30, count: 60 },
      { cityId: 'EWR', value: 20, count: 2 },
    ];
    const { cities } = await client.rankCities({ units: { temperature: TemperatureUnit.FAHRENHEIT } });
    expect(cities).toMatchObject([
      { city: { name: 'Paris' }, value: 86, count: 60n, demo: true },
      { city: { name: 'EWR', timeZone: 'UTC' }, value: 68, demo: false },
    ]);
    const [query] = analytics.ranks;
    expect(query).toMatchObject({ metric: 'heatIndex', ascending: false, limit: 10, cityIds: undefined });
    expect(query!.toMs - query!.fromMs).toBe(3_600_000);
  });

  it('ranks wind in the unit of speed, and only the cities of a country', async () => {
    analytics.ranking = [{ cityId: PARIS, value: 10, count: 1 }];
    const request = {
      metric: Metric.WIND_SPEED,
      countryCode: 'fr',
      units: { windSpeed: SpeedUnit.KILOMETERS_PER_HOUR },
    };
    expect((await client.rankCities(request)).cities[0]?.value).toBe(36);
    expect(analytics.ranks[0]?.cityIds).toContain(PARIS);
    expect(analytics.ranks[0]?.cityIds).not.toContain(BERLIN);
  });

  it('asks the store once in five seconds for the same ranking', async () => {
    await client.rankCities({ limit: 3 });
    await client.rankCities({ limit: 3 });
    expect(analytics.ranks).toHaveLength(1);
    platform.nowMs += 6000;
    await client.rankCities({ limit: 3 });
    expect(analytics.ranks).toHaveLength(2);
  });

  it.each([
    ['a span of more than 31 days', { startTime: at(NOW_MS - 32 * DAY_MS), endTime: at(NOW_MS) }, 'start_time'],
    ['more than 1,000 cities', { limit: 1001 }, 'limit'],
    ['an unknown country', { countryCode: 'XX' }, 'country_code'],
    ['an unknown metric', { metric: 9 }, 'metric'],
  ])('refuses %s', async (_what, request, field) => {
    expect(await caught(client.rankCities(request))).toMatchObject({ code: Code.InvalidArgument, fields: [field] });
  });
});
