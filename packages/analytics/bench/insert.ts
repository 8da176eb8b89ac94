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
  const minuteCost = await writeMinutes(store, weather);
  const rawCost = await writeRaw(store, weather);
  report('minute rows', minuteCost, reference);
  report('raw rows', rawCost, reference);
  await sizes(engine);
  await ranking(store);
  print(`resident memory: ${Math.round(process.memoryUsage.rss() / 1024 ** 2)} MiB, the rows to be written included`);
} finally {
  await store.close();
  await rm(root, { recursive: true, force: true });
}

/** The same table filled by the engine from its own numbers: no file, nothing encoded, but as many different sums. */
async function engineAlone(on: ClickHouseEngine): Promise<Cost> {
  await on.run('CREATE TABLE isotherm.reference AS isotherm.city_minutes');
  const columns = await on.read(
    "SELECT name FROM system.columns WHERE database = {database:String} AND table = 'reference' AND type = 'Int64'",
    { parameters: { database: 'isotherm' } },
  );
  const sums = columns.map(([name]) => String(name));
  const values = sums.map((name) =>
    name.startsWith('heat') ? 'toInt64(number * 1000003 % 34359738368)' : 'toInt64(number % 3001)',
  );
  const rows = batchMinutes * cities;
  const batches = Math.ceil((minutes * cities) / rows / 2);
  const meter = createMeter();
  for (let batch = 0; batch < batches; batch++) {
    const statement = `INSERT INTO isotherm.reference (city_id, minute, version, observations, ${sums.join(', ')})
      SELECT toString(number % ${cities}), toDateTime(${START_MS / 1000} + intDiv(number, ${cities}) * 60), number, 1,
        ${values.join(', ')} FROM numbers(${batch * rows}, ${rows})
      SETTINGS max_threads = 1, max_insert_threads = 1, optimize_on_insert = 0`;
    await meter.measure(() => on.run(statement));
  }
  const cost = meter.cost(batches * rows);
  await on.run('DROP TABLE isotherm.reference SYNC');
  return cost;
}

async function writeMinutes(to: AnalyticsStore, weather: WeatherRows): Promise<Cost> {
  const meter = createMeter();
  for (let minute = 0; minute < minutes; minute += batchMinutes) {
    const rows = weather.minutes(minute, Math.min(batchMinutes, minutes - minute), 1_000 + minute * 61);
    await meter.measure(() => to.writeMinuteRows(ORIGIN, [rows]));
  }
  return meter.cost(minutes * cities);
}

async function writeRaw(to: AnalyticsStore, weather: WeatherRows): Promise<Cost> {
  const meter = createMeter();
  for (let minute = 0; minute < minutes; minute += batchMinutes) {
    const rows = weather.raw(minute, Math.min(batchMinutes, minutes - minute), minute * 1_000);
    await meter.measure(() => to.writeRawRows(ORIGIN, [rows]));
  }
  return meter.cost(minutes * cities);
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

/** What rows cost: wall time as a rate, and processor time of the whole process, merges included. */
interface Cost {
  readonly rowsPerSecond: number;
  readonly processorNsPerRow: number;
}

function createMeter() {
  let wallMs = 0;
  let processorUs = 0;
  return {
    async measure(work: () => Promise<void>): Promise<void> {
      const started = performance.now();
      const before = process.cpuUsage();
      await work();
      const { user, system } = process.cpuUsage(before);
      wallMs += performance.now() - started;
      processorUs += user + system;
    },
    cost: (rows: number): Cost => ({
      rowsPerSecond: rows / (wallMs / 1000),
      processorNsPerRow: (processorUs * 1000) / rows,
    }),
  };
}

function report(what: string, cost: Cost, reference: Cost): void {
  const text = ({ rowsPerSecond, processorNsPerRow }: Cost) =>
    `${Math.round(rowsPerSecond)} rows/s, ${Math.round(processorNsPerRow)} ns of processor a row`;
  const ratio = cost.rowsPerSecond / reference.rowsPerSecond;
  print(`${what}: ${text(cost)}; engine alone: ${text(reference)}; ratio ${ratio.toFixed(2)}`);
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}
