export { type Shard, startShard } from './shard.ts';
export type { ShardDeps } from './shard-engine.ts';
export type { ShardOptions } from './shard-options.ts';
export type { ShardStats } from './status/shard-stats.ts';
export type { IssuedForecast, ResultPublisher } from './store/result-publisher.ts';
