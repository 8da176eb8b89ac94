export type {
  AnalyticsStore,
  DeadLetter,
  HistoryQuery,
  HistoryResolution,
  HistoryRow,
  RankMetric,
  RankQuery,
  RankRow,
  RawRows,
  RowOrigin,
  StoreTotals,
} from './analytics-store.ts';
