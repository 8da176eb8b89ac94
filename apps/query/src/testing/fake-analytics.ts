import type { AnalyticsStore, HistoryQuery, HistoryRow, RankQuery, RankRow } from '@isotherm/analytics';

/** An analytical store that answers from memory and remembers what it was asked. */
export interface FakeAnalytics extends Pick<AnalyticsStore, 'history' | 'rank'> {
  readonly histories: HistoryQuery[];
  readonly ranks: RankQuery[];
  /** Rows of every city, in order; a query gets those of its span. */
  rows: readonly HistoryRow[];
  ranking: readonly RankRow[];
  /** While set, queries wait for it. */
  held: Promise<void> | undefined;
}

/** Creates one without rows. */
export function createFakeAnalytics(): FakeAnalytics {
  const fake: FakeAnalytics = {
    histories: [],
    ranks: [],
    rows: [],
    ranking: [],
    held: undefined,
    async history(query) {
      fake.histories.push(query);
      await fake.held;
      const { after } = query;
      return fake.rows
        .filter(({ startMs }) => startMs >= query.fromMs && startMs < query.toMs)
        .filter((row) => after === undefined || comesAfter(row, after))
        .slice(0, query.limit);
    },
    async rank(query) {
      fake.ranks.push(query);
      await fake.held;
      return fake.ranking.slice(0, query.limit);
    },
  };
  return fake;
}

function comesAfter(row: HistoryRow, after: NonNullable<HistoryQuery['after']>): boolean {
  if (row.startMs !== after.startMs) return row.startMs > after.startMs;
  const { position } = row;
  if (position === undefined || after.row === undefined) return false;
  return position.offset > (after.offset ?? 0) || (position.offset === after.offset && position.row > after.row);
}

/** A stored point; what is not given is missing. */
export function historyRow(startMs: number, values: Partial<HistoryRow> = {}): HistoryRow {
  return {
    startMs,
    count: 1,
    temperature: undefined,
    temperatureMin: undefined,
    temperatureMax: undefined,
    humidity: undefined,
    wind: undefined,
    windMax: undefined,
    heatIndex: undefined,
    heatIndexMin: undefined,
    heatIndexMax: undefined,
    rolling5m: undefined,
    rolling1h: undefined,
    rolling24h: undefined,
    ...values,
  };
}
