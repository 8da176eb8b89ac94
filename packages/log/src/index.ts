export type {
  AppendResult,
  Log,
  LogAppend,
  LogBatch,
  LogCorruption,
  LogEntry,
  LogReader,
  PartitionExtent,
} from './log.ts';
