import type { Log, LogAppend } from '@isotherm/log';

/** A log whose appends wait until they are let go, or fail. */
export function holdLog(inner: Log) {
  const held: { release: () => void; fail: (error: unknown) => void }[] = [];
  const state = { holding: false };
  const log: Log = {
    ...methodsOf(inner),
    append(group: readonly LogAppend[]) {
      if (!state.holding) return inner.append(group);
      const copies = group.map((record) => ({ ...record, bytes: new Uint8Array(record.bytes) }));
      return new Promise((resolve, reject) => {
        held.push({ release: () => void inner.append(copies).then(resolve, reject), fail: reject });
      });
    },
  };
  return { log, held, state };
}

function methodsOf(log: Log): Log {
  return {
    incarnation: log.incarnation,
    partitionCount: log.partitionCount,
    append: (group) => log.append(group),
    extents: () => log.extents(),
    openReader: (positions) => log.openReader(positions),
    readAt: (partition, offset) => log.readAt(partition, offset),
    trim: (keepFrom) => log.trim(keepFrom),
    sizeBytes: () => log.sizeBytes(),
    close: () => log.close(),
    [Symbol.asyncDispose]: () => log.close(),
  };
}
