import { type IngestService, startIngest } from '@isotherm/ingest';
import { createMemoryLog, type Log } from '@isotherm/log';
import { createRecordReader } from '@isotherm/records';
import { createLogger } from '@isotherm/service-kit';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { SAMPLES_PATH } from '../paths.ts';
import { type Feed, type FeedCity, startFeed } from './start-feed.ts';
import { type Deviations, deviationsOf } from './weather/deviations.ts';
import { loadRealSeries } from './weather/real-series.ts';

const MINUTE_MS = 60_000;
const cities: FeedCity[] = [
  { cityId: '1850147', latitude: 35.69, longitude: 139.69 },
  { cityId: '2147714', latitude: -33.87, longitude: 151.21 },
  { cityId: 'my-roof', latitude: 52.5, longitude: 13.4 },
];

let series: Deviations[];
let log: Log;
let ingest: IngestService;
beforeAll(async () => {
  series = deviationsOf(await loadRealSeries(SAMPLES_PATH));
});
beforeEach(async () => {
  log = createMemoryLog({ partitionCount: 4 });
  ingest = await startIngest({ log, port: 0, logger: createLogger({ service: 'test', level: 'silent' }) });
});
afterEach(async () => {
  await ingest.close();
  await log.close();
});

/** Times and temperatures by city, in the order of the log, and who sent them. */
async function logged() {
  const times = new Map<string, number[]>();
  const producers = new Set<string>();
  const decoder = createRecordReader();
  await using reader = await log.openReader(new Map([0, 1, 2, 3].map((partition) => [partition, 0])));
  for (;;) {
    const { entries } = await reader.poll({ maxBytes: 1e6, waitMs: 1 });
    if (entries.length === 0) return { times, producers };
    for (const { bytes } of entries) {
      const record = decoder.decode(bytes);
      if (record.kind !== 'observations') continue;
      for (const { id } of record.producers) producers.add(id);
      for (let row = 0; row < record.rowCount; row += 1) {
        const ref = record.cityRef[row]!;
        const city = ref >= 2 ** 31 ? record.cityStrings[ref - 2 ** 31]! : String(ref);
        times.set(city, [...(times.get(city) ?? []), record.baseMs + record.observedOffsetMs[row]!]);
      }
    }
  }
}

async function until(condition: () => boolean): Promise<void> {
  const limit = Date.now() + 10_000;
  while (!condition()) {
    if (Date.now() > limit) throw new Error('It did not come to pass within 10 s.');
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

function start(nowMs: () => number, more: Partial<Parameters<typeof startFeed>[0]> = {}): Feed {
  const { host, port } = ingest.address;
  return startFeed({ target: `${host}:${port}`, cities, series, clock: nowMs, ...more });
}

describe('the demo feed', () => {
  it('sends the past minute by minute over all cities, then goes on live, every reading acked', async () => {
    const startMs = Math.floor(Date.now() / MINUTE_MS) * MINUTE_MS;
    let nowMs = startMs;
    const feed = start(() => nowMs, { historyHours: 2, ratePerSecond: 30 });
    await until(() => !feed.progress().replaying);
    expect(feed.progress()).toMatchObject({ shareDone: 1, sent: 121 * 3 });
    nowMs += 2000;
    await until(() => feed.progress().acked === 121 * 3 + 60);
    await feed.stop();
    const { times, producers } = await logged();
    expect([...producers]).toEqual(['demo-feed']);
    expect(new Set(times.keys())).toEqual(new Set(cities.map(({ cityId }) => cityId)));
    for (const seen of times.values()) {
      const minutes = Array.from({ length: 121 }, (_, index) => startMs - (120 - index) * MINUTE_MS);
      expect(seen.slice(0, 121)).toEqual(minutes);
      expect(seen).toHaveLength(141);
      expect(seen).toEqual([...seen].sort((a, b) => a - b));
    }
    expect(feed.progress().rejected).toBe(0);
  });

  it('goes on after the newest time that is there already', async () => {
    const nowMs = Math.floor(Date.now() / MINUTE_MS) * MINUTE_MS;
    const feed = start(() => nowMs, { historyHours: 25, resumeFromMs: nowMs - 3 * MINUTE_MS - 500 });
    await until(() => !feed.progress().replaying);
    await feed.stop();
    const { times } = await logged();
    for (const seen of times.values()) {
      expect(seen).toEqual([nowMs - 2 * MINUTE_MS, nowMs - MINUTE_MS, nowMs]);
    }
  });

  it('leaves out what it was too late for, as a sensor does', async () => {
    let nowMs = Math.floor(Date.now() / MINUTE_MS) * MINUTE_MS;
    const feed = start(() => nowMs, { historyHours: 0, ratePerSecond: 3 });
    await until(() => !feed.progress().replaying);
    const before = feed.progress().sent;
    nowMs += 60_000;
    await until(() => feed.progress().acked >= before + 15);
    await feed.stop();
    expect(feed.progress().sent).toBe(before + 15);
  });

  it('fails when nothing listens and the retries are spent, and stops at once when told to', async () => {
    await ingest.close();
    const feed = start(() => Date.now(), { historyHours: 1 });
    await feed.stop();
    await expect(feed.ended).rejects.toMatchObject({ code: 'CANCELLED' });
  });
});
