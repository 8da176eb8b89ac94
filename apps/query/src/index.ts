export type { IngestTarget } from './dead-letters/open-replay-client.ts';
export type { FeedProgress, PlatformStats, StatsSource } from './platform-stats.ts';
export type { QueryOptions } from './query-options.ts';
export { type QueryDeps, type QueryService, startQuery } from './start-query.ts';
