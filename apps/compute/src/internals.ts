/** What tests and tools of the platform take apart. */
export { type ApplyLoopDeps, runApplyLoop } from './partition/apply-loop.ts';
export { createCheckpointer } from './partition/checkpointer.ts';
export { createOffsetWaiters } from './partition/offset-waiters.ts';
export type { PartitionRuntime } from './partition/partition-runtime.ts';
export { passReadGate } from './reads/read-gate.ts';
export { type ShardDeps, type ShardEngine, startShardEngine } from './shard-engine.ts';
export { resolveShardOptions } from './shard-options.ts';
export { createRecordSink } from './store/record-sink.ts';
export { createRowWriter } from './store/row-writer.ts';
