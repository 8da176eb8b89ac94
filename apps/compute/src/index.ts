export { type Shard, type ShardDeps, startShard } from './shard.ts';
export type { ShardOptions } from './shard-options.ts';
export type { ShardPulse } from './shard-pulse.ts';
