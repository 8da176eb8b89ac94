import { createIsothermClient, type IsothermClient, type Observation } from '@isotherm/client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type PlatformProcess, startPlatformProcess } from './testing/platform-process.ts';
import { runCli } from './testing/run-cli.ts';
import { scratchDirectory } from './testing/scratch-directory.ts';

const HOUR_MS = 3_600_000;
const FIRST_MS = Date.UTC(2026, 2, 26);
const HOURS = 7 * 24;

/** Cities of the catalogue in zones that put their clocks forward on the 29th, lie far from UTC, or 45 minutes off the hour. */
const CITIES = { berlin: '2950159', tokyo: '1850147', kathmandu: '1283240' };

let directory: Awaited<ReturnType<typeof scratchDirectory>>;
let platform: PlatformProcess;
let client: IsothermClient;

/** A reading each full hour of a week; the temperature counts the hours. */
function week(cityId: string): Observation[] {
  return Array.from({ length: HOURS }, (_, hour) => ({
    cityId,
    observeTime: FIRST_MS + hour * HOUR_MS,
    temperatureCelsius: hour / 10,
  }));
}

beforeAll(async () => {
  directory = await scratchDirectory();
  platform = await startPlatformProcess({ dataDirectory: directory.path });
  client = createIsothermClient({ ingestUrl: platform.ingestAddress, apiUrl: platform.apiUrl });
  for (const cityId of Object.values(CITIES)) {
    const { readToken } = await client.send(week(cityId));
    for await (const _ of client.history(cityId, { readToken: readToken!, timeoutMs: 60_000 })) break;
  }
}, 120_000);
afterAll(async () => {
  await client.close();
  await platform[Symbol.asyncDispose]();
  await directory[Symbol.asyncDispose]();
});

interface Page {
  readonly start_time: string;
  readonly end_time: string;
  readonly points: readonly { readonly start_time: string; readonly count: number; readonly temperature: number }[];
  readonly error?: { readonly message: string; readonly fields: readonly { readonly field: string }[] };
}

async function history(path: string): Promise<Page> {
  return (await (await fetch(`${platform.apiUrl}/v1/history/${path}`)).json()) as Page;
}

describe('A day in a URL is the city’s own', () => {
  it.each([
    ['berlin', '2026-03-28T23:00:00.000Z', 23],
    ['tokyo', '2026-03-28T15:00:00.000Z', 24],
    ['kathmandu', '2026-03-28T18:15:00.000Z', 24],
  ])('%s: from the 29th to the 30th is the 29th, which began at %s and had %d hours', async (city, start, hours) => {
    const { points } = await history(`${city}?from=2026-03-29&to=2026-03-30&resolution=day`);
    const first = Math.ceil((Date.parse(start) - FIRST_MS) / HOUR_MS);
    const mean = (first + (hours - 1) / 2) / 10;
    expect(points).toMatchObject([{ start_time: start, count: hours, temperature: Math.round(mean * 100) / 100 }]);
  });

  it('of another zone where one is named', async () => {
    const { points } = await history('berlin?from=2026-03-29&to=2026-03-31&resolution=day&time_zone=Asia/Tokyo');
    expect(points.map(({ start_time }) => start_time)).toEqual([
      '2026-03-28T15:00:00.000Z',
      '2026-03-29T15:00:00.000Z',
    ]);
  });

  it.each([
    ['2026-02-30', '2026-02-30'],
    ['2026-02-30T00:00:00Z', '2026-02-30'],
    ['2026-03-29T00:00:00', 'has no zone'],
    ['29.03.2026', 'or a day, like 2026-03-01'],
  ])('%s is refused and named', async (from, told) => {
    const { error } = await history(`berlin?from=${from}`);
    expect(error?.fields.map(({ field }) => field)).toEqual(['from']);
    expect(error?.message).toContain(told);
    expect(error?.message).toContain(from);
  });

  it('a span that ends before it begins is refused in the names of the URL', async () => {
    const { error } = await history('berlin?from=2026-03-30&to=2026-03-29');
    expect(error?.message).toContain('from: 2026-03-29T22:00:00.000Z must be before to, 2026-03-28T23:00:00.000Z');
  });

  it('over RPC, the client and the command line too', async () => {
    const response = await fetch(`${platform.apiUrl}/isotherm.analytics.v1.AnalyticsService/QueryHistory`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ city: 'tokyo', start_date: '2026-03-29', end_date: '2026-03-30', resolution: 'day' }),
    });
    const wanted = [{ startTime: '2026-03-28T15:00:00Z', count: '24' }];
    expect(await response.json()).toMatchObject({ points: wanted, endTime: '2026-03-29T15:00:00Z' });
    const options = { startTime: '2026-03-29', endTime: '2026-03-30', resolution: 'DAY' } as const;
    const { value } = await client.history('tokyo', options).next();
    expect(value!.points).toMatchObject([{ startTime: new Date('2026-03-28T15:00:00Z'), count: 24 }]);
    const flags = ['--from', '2026-03-29', '--to', '2026-03-30', '--resolution', 'day', '--json'];
    const { stdout } = await runCli(['history', 'tokyo', ...flags, '--api', platform.apiUrl]);
    expect(JSON.parse(stdout).points).toMatchObject([{ startTime: '2026-03-28T15:00:00.000Z', count: 24 }]);
  });
});

describe('Hours, quarter-hours and days cover the instants asked', () => {
  it('an hour that began before the first of them is there, whole', async () => {
    const { points, start_time } = await history(
      'berlin?from=2026-03-27T10:30:00Z&to=2026-03-27T12:30:00Z&resolution=hour',
    );
    expect(points.map((point) => point.start_time.slice(11, 16))).toEqual(['10:00', '11:00', '12:00']);
    expect(start_time).toBe('2026-03-27T10:00:00.000Z');
  });

  it('a day of Kathmandu in hours of UTC begins with the one that holds its midnight', async () => {
    const { points } = await history('kathmandu?from=2026-03-27&to=2026-03-28&resolution=hour');
    expect(points).toHaveLength(25);
    expect(points[0]).toMatchObject({ start_time: '2026-03-26T18:00:00.000Z', count: 1 });
  });

  it('instants in days are the days that hold them', async () => {
    const { points } = await history('tokyo?from=2026-03-27T20:00:00Z&to=2026-03-28T10:00:00Z&resolution=day');
    expect(points).toMatchObject([{ start_time: '2026-03-27T15:00:00.000Z', count: 24 }]);
  });
});

it('A ranking over days needs their zone, and says so', async () => {
  const rank = async (query: string) =>
    JSON.parse(await (await fetch(`${platform.apiUrl}/v1/rank?metric=temperature&${query}`)).text());
  const { error } = await rank('from=2026-03-29&to=2026-03-30');
  expect(error.fields).toMatchObject([{ field: 'time_zone' }]);
  const { cities } = await rank('from=2026-03-29&to=2026-03-30&time_zone=Europe/Berlin');
  expect(cities.map(({ count }: { count: number }) => count)).toEqual([23, 23, 23]);
});
