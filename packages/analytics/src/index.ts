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
export { type ChdbAnalyticsOptions, openChdbAnalytics } from './chdb/open-chdb-analytics.ts';
export type { InsertQueueOptions } from './insert-queue.ts';
export type { ReadLimits } from './queries/read-limits.ts';
export { connectAnalytics } from './thread/connect-analytics.ts';
export { type AnalyticsThread, startAnalyticsThread } from './thread/start-analytics-thread.ts';
