export type { IngestTarget } from './dead-letters/open-replay-client.ts';
export type { FeedProgress, Pulse, PulseSource } from './pulse.ts';
export type { QueryOptions } from './query-options.ts';
export { type QueryDeps, type QueryService, startQuery } from './start-query.ts';
