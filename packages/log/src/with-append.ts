import type { Log } from './log.ts';

/** The log with another way to append; everything else goes straight through. Closing it closes the log. */
export function withAppend(log: Log, append: Log['append']): Log {
  return {
    incarnation: log.incarnation,
    partitionCount: log.partitionCount,
    settings: log.settings,
    append,
    extents: (partitions) => log.extents(partitions),
    openReader: (positions) => log.openReader(positions),
    readAt: (partition, offset) => log.readAt(partition, offset),
    trim: (keepFrom) => log.trim(keepFrom),
    sizeBytes: () => log.sizeBytes(),
    close: () => log.close(),
    [Symbol.asyncDispose]: () => log.close(),
  };
}
