export type {
  AnalyticsStore,
  DeadLetter,
  DeadLetterCount,
  DeadLetterFilter,
  DeadLetterId,
  DeadLetterOutcome,
  DeadLetterQuery,
  DeadLetterState,
  HistoryQuery,
  HistoryResolution,
  HistoryRow,
  RankMetric,
  RankQuery,
  RankRow,
  RawRows,
  RowOrigin,
  StoredDeadLetter,
  StoreTotals,
} from './analytics-store.ts';
export { type ChdbAnalyticsOptions, openChdbAnalytics } from './chdb/open-chdb-analytics.ts';
export {
  type ClickHouseServer,
  type ClickHouseServerOptions,
  startClickHouseServer,
} from './clickhouse-server/start-clickhouse-server.ts';
export { startConfiguredServer } from './clickhouse-server/start-configured-server.ts';
export type { InsertQueueOptions } from './insert-queue.ts';
export type { ReadLimits } from './queries/read-limits.ts';
export { type ClickHouseAnalyticsOptions, openClickHouseAnalytics } from './server/open-clickhouse-analytics.ts';
export { openConfiguredAnalytics, type ServerAnalyticsConfig } from './server/open-configured-analytics.ts';
export { type AnalyticsConnection, connectAnalytics } from './thread/connect-analytics.ts';
export { type AnalyticsThread, startAnalyticsThread } from './thread/start-analytics-thread.ts';
