import type { StoreTotals } from '../analytics-store.ts';
import type { ClickHouseEngine } from '../clickhouse-engine.ts';

/** Totals of what queries would find: copies and outranked rows count once. */
export async function readTotals(engine: ClickHouseEngine, settings: string): Promise<StoreTotals> {
  const { database } = engine;
  const count = async (table: string) => {
    const rows = await engine.read(`SELECT count() FROM ${database}.${table} FINAL ${settings}`);
    return Number(rows[0]?.[0] ?? 0);
  };
  const [minutes] = await engine.read(
    `SELECT count(), sum(observations) FROM ${database}.city_minutes FINAL ${settings}`,
  );
  const [size] = await engine.read(
    'SELECT sum(bytes_on_disk) FROM system.parts WHERE active AND database = {database:String}',
    { parameters: { database } },
  );
  return {
    minuteRows: Number(minutes?.[0] ?? 0),
    observations: Number(minutes?.[1] ?? 0),
    rawRows: await count('observations'),
    deadLetters: await count('dead_letters'),
    bytesOnDisk: Number(size?.[0] ?? 0),
  };
}
