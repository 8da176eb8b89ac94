/** What tests and tools of the platform take apart. */
export type { CommitStore, IndexEntry } from './lmdb/commit-store.ts';
export type { FlushPublisher, FlushState } from './lmdb/flush-state.ts';
export { LOG_FORMAT_VERSION, type LogFacts } from './lmdb/log-facts.ts';
export { readLogOver, type WriterParts, writeLogOver } from './lmdb/log-over-store.ts';
