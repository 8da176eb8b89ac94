import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { openChdbEngine } from '../src/chdb/chdb-engine.ts';
import { createClickHouseBackend } from '../src/clickhouse-backend.ts';
import type { ClickHouseEngine } from '../src/clickhouse-engine.ts';
import { createEncodingStore } from '../src/encoding-store.ts';
import type { AnalyticsStore } from '../src/index.ts';
import { createWeatherRows, type WeatherRows } from './weather-rows.ts';

/**
 * Rows per second through the whole path (encode, file, insert, sync) beside what the engine alone does with rows of the
 * same width made by `numbers()`, in the same run; then bytes a row on disk and the time of a ranking.
 * `node bench/insert.ts [--cities 15000] [--minutes 120] [--batch 262144] [--scratch DIR]`
 */
const { values } = parseArgs({
  options: {
    cities: { type: 'string', default: '15000' },
    minutes: { type: 'string', default: '120' },
    batch: { type: 'string', default: '262144' },
    scratch: { type: 'string' },
  },
});
const cities = Number(values.cities);
const minutes = Number(values.minutes);
const batchMinutes = Math.max(1, Math.floor(Number(values.batch) / cities));
const ORIGIN = { incarnation: '0019a2b3c4d5e6f7' };
const START_MS = Date.UTC(2026, 6, 1);

const root = await mkdtemp(join(tmpdir(), 'isotherm-bench-'));
const engine = await openChdbEngine({
  path: join(root, 'db'),
  scratchDirectory: values.scratch ?? join(root, 'scratch'),
  database: 'isotherm',
});
const backend = createClickHouseBackend(engine, { quarterRollup: { intervalMs: 3_600_000 } });
const store = createEncodingStore(backend);
try {
  await store.migrate();
  const weather = createWeatherRows(cities, minutes);
  const reference = await engineAlone(engine);
  const minuteRate = await writeMinutes(store, weather);
  const rawRate = await writeRaw(store, weather);
  report('minute rows', minuteRate, 'engine alone', reference);
  report('raw rows', rawRate, 'engine alone', reference);
  await sizes(engine);
  await ranking(store);
} finally {
  await store.close();
  await rm(root, { recursive: true, force: true });
}

/** The same table filled by the engine from its own numbers: no file, nothing encoded; constants where weather varies. */
async function engineAlone(on: ClickHouseEngine): Promise<number> {
  await on.run('CREATE TABLE isotherm.reference AS isotherm.city_minutes');
  const rows = batchMinutes * cities;
  const batches = Math.ceil((minutes * cities) / rows / 2);
  const started = performance.now();
  for (let batch = 0; batch < batches; batch++) {
    await on.run(`INSERT INTO isotherm.reference (city_id, minute, version, observations, heat_index_sum, temperature_sum)
      SELECT toString(number % ${cities}), toDateTime(${START_MS / 1000} + intDiv(number, ${cities}) * 60), number, 1,
        number * 1000003, number % 3000 FROM numbers(${batch * rows}, ${rows})
      SETTINGS max_threads = 1, max_insert_threads = 1, optimize_on_insert = 0`);
  }
  const rate = (batches * rows) / ((performance.now() - started) / 1000);
  await on.run('DROP TABLE isotherm.reference SYNC');
  return rate;
}

async function writeMinutes(to: AnalyticsStore, weather: WeatherRows): Promise<number> {
  let elapsedMs = 0;
  for (let minute = 0; minute < minutes; minute += batchMinutes) {
    const rows = weather.minutes(minute, Math.min(batchMinutes, minutes - minute), 1_000 + minute * 61);
    const started = performance.now();
    await to.writeMinuteRows(ORIGIN, [rows]);
    elapsedMs += performance.now() - started;
  }
  return (minutes * cities) / (elapsedMs / 1000);
}

async function writeRaw(to: AnalyticsStore, weather: WeatherRows): Promise<number> {
  let elapsedMs = 0;
  for (let minute = 0; minute < minutes; minute += batchMinutes) {
    const rows = weather.raw(minute, Math.min(batchMinutes, minutes - minute), minute * 1_000);
    const started = performance.now();
    await to.writeRawRows(ORIGIN, [rows]);
    elapsedMs += performance.now() - started;
  }
  return (minutes * cities) / (elapsedMs / 1000);
}

async function sizes(of: ClickHouseEngine): Promise<void> {
  for (const table of ['city_minutes', 'observations']) {
    await of.run(`OPTIMIZE TABLE isotherm.${table} FINAL`);
    const [row] = await of.read(
      'SELECT sum(bytes_on_disk) / sum(rows) FROM system.parts WHERE active AND database = {database:String} AND table = {table:String}',
      { parameters: { database: 'isotherm', table } },
    );
    print(`${table}: ${Number(row?.[0]).toFixed(1)} bytes a row on disk, merged`);
  }
}

async function ranking(of: AnalyticsStore): Promise<void> {
  const query = {
    metric: 'heatIndex',
    ascending: false,
    fromMs: START_MS,
    toMs: START_MS + minutes * 60_000,
    limit: 100,
    cityIds: undefined,
  } as const;
  const timed = async (what: string) => {
    const started = performance.now();
    await of.rank(query);
    print(`ranking of ${cities} cities over ${minutes} min ${what}: ${Math.round(performance.now() - started)} ms`);
  };
  await timed('from minutes');
  const started = performance.now();
  await backend.rollUp(0);
  print(`roll-up of ${minutes * cities} minutes: ${Math.round(performance.now() - started)} ms`);
  await timed('from quarter-hours');
}

function report(what: string, rate: number, reference: string, referenceRate: number): void {
  const ratio = (rate / referenceRate).toFixed(2);
  print(`${what}: ${Math.round(rate)} rows/s; ${reference}: ${Math.round(referenceRate)} rows/s; ratio ${ratio}`);
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}
