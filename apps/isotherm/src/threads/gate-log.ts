import type { AppendResult, Log, LogAppend } from '@isotherm/log';

/** A log whose appends can be refused from outside. */
export interface GatedLog {
  readonly log: Log;
  /** Every append rejects with this error from now on; undefined lets them through again. */
  refuse(error: Error | undefined): void;
}

/** Puts a gate before the log's appends; everything else goes straight through. */
export function gateLog(log: Log): GatedLog {
  let refusal: Error | undefined;
  const gated: Log = {
    incarnation: log.incarnation,
    partitionCount: log.partitionCount,
    append: (group: readonly LogAppend[]): Promise<AppendResult> =>
      refusal === undefined ? log.append(group) : Promise.reject(refusal),
    extents: () => log.extents(),
    openReader: (positions) => log.openReader(positions),
    readAt: (partition, offset) => log.readAt(partition, offset),
    trim: (keepFrom) => log.trim(keepFrom),
    sizeBytes: () => log.sizeBytes(),
    close: () => log.close(),
    [Symbol.asyncDispose]: () => log.close(),
  };
  return {
    log: gated,
    refuse(error) {
      refusal = error;
    },
  };
}
