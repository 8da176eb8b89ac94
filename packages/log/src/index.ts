export { createExtentLookup, type ExtentLookup } from './extent-lookup.ts';
export { createIncarnation, isIncarnation } from './incarnation.ts';
export type { ClusterObjectStore } from './kafka/cluster-object.ts';
export { createFlushBuffer } from './lmdb/flush-state.ts';
export type { LmdbLog } from './lmdb/lmdb-log.ts';
export { type LmdbLogOptions, openLmdbLog } from './lmdb/open-lmdb-log.ts';
export type {
  HaltedPartition,
  Log,
  LogAdmin,
  LogAppend,
  LogBatch,
  LogCorruption,
  LogEntry,
  LogReader,
  LogWriter,
  PartitionExtent,
  PollOptions,
  RecordOutcome,
} from './log.ts';
export { createMemoryLog, type MemoryLogOptions } from './memory/memory-log.ts';
export { type OpenLogOptions, openLog } from './open-log.ts';
export { allPartitions, firstFailure, offsetsOf } from './record-outcomes.ts';
export type { ClockStep } from './stamp-clock.ts';
export { withAppend } from './with-append.ts';
