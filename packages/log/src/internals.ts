/** What tests and tools of the platform take apart. */

export { type BufferPool, createBufferPool } from './lmdb/buffer-pool.ts';
export { CommitCollector } from './lmdb/commit-collector.ts';
export { encodeCommit, planCommit } from './lmdb/commit-encoder.ts';
export type { CommitStore, IndexEntry } from './lmdb/commit-store.ts';
export { CommitView } from './lmdb/commit-view.ts';
export type { FlushPublisher, FlushState } from './lmdb/flush-state.ts';
export { LOG_FORMAT_VERSION, type LogFacts } from './lmdb/log-facts.ts';
export { readLogOver, type WriterParts, writeLogOver } from './lmdb/log-over-store.ts';
export { createPartitionVector, decodePartitionVector, encodePartitionVector } from './lmdb/partition-vector.ts';
export { ReaderBatch } from './lmdb/reader-batch.ts';
