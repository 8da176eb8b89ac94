export type { FeedProgress, Pulse, PulseSource } from './pulse.ts';
export type { QueryOptions } from './query-options.ts';
export { type QueryDeps, type QueryService, startQuery } from './start-query.ts';
