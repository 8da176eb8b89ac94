/** What tests and tools of the platform take apart. */
export { type ApplyLoopDeps, runApplyLoop } from './apply-loop.ts';
export { createCheckpointer } from './checkpointer.ts';
export { createOffsetWaiters } from './offset-waiters.ts';
export type { PartitionRuntime } from './partition-runtime.ts';
export { passReadGate } from './read-gate.ts';
export { createRecordSink } from './record-sink.ts';
export { createRowWriter } from './row-writer.ts';
export { type ShardDeps, type ShardEngine, startShardEngine } from './shard-engine.ts';
export { resolveShardOptions } from './shard-options.ts';
