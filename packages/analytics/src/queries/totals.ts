import type { StoreTotals } from '../analytics-store.ts';
import type { ClickHouseEngine } from '../clickhouse-engine.ts';
import { systemTable } from '../schema/table-place.ts';
import type { MarkedQuarters } from './bucket-history.ts';
import { notPurged } from './dead-letter-source.ts';
import { LAST_SECOND } from './history-point.ts';
import { paneSource } from './pane-source.ts';

/** Totals of what queries would find: copies and outranked rows count once. */
export async function readTotals(
  engine: ClickHouseEngine,
  context: { readonly settings: string; readonly marked: MarkedQuarters },
): Promise<StoreTotals> {
  const { database } = engine;
  const { settings } = context;
  const count = async (table: string, where = '') => {
    const [row] = await engine.read(`SELECT count() FROM ${database}.${table} FINAL ${where} ${settings}`);
    return Number(row?.[0] ?? 0);
  };
  const to = LAST_SECOND - (LAST_SECOND % 900);
  const source = paneSource(database, { from: 0, to, marked: context.marked(0, to), metrics: [], cities: '' });
  const [panes] = await engine.read(`SELECT sum(minute_rows), sum(seen) FROM (${source.subquery}) ${settings}`, {
    parameters: source.parameters,
  });
  const [size] = await engine.read(
    `SELECT sum(bytes_on_disk) FROM ${systemTable(engine, 'parts')} WHERE active AND database = {database:String}`,
    { parameters: { database } },
  );
  return {
    minuteRows: Number(panes?.[0] ?? 0),
    observations: Number(panes?.[1] ?? 0),
    rawRows: await count('observations'),
    deadLetters: await count('dead_letters', `WHERE ${notPurged(database)}`),
    bytesOnDisk: Number(size?.[0] ?? 0),
  };
}
