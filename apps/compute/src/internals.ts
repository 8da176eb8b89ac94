/** What tests and tools of the platform take apart. */
export { createShardEngine, type ShardDeps, type ShardEngine } from './shard-engine.ts';
export { resolveShardOptions } from './shard-options.ts';
