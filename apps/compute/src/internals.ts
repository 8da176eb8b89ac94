/** What tests and tools of the platform take apart. */
export type { PartitionRuntime } from './partition-runtime.ts';
export { type ShardDeps, type ShardEngine, startShardEngine } from './shard-engine.ts';
export { resolveShardOptions } from './shard-options.ts';
