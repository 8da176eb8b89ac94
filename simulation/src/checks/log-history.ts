import type { LogAppend } from '@isotherm/log';

/**
 * What the log must hold, known without reading it: the groups that were handed to it, by the commits they went into,
 * as far as those are durable.
 */
export interface LogHistory {
  /** Runs an append of the product's log; the commit it writes is known by this group. */
  appending<T>(group: readonly LogAppend[], append: () => T): T;
  /** The disk was asked to write a commit. */
  writing(sequence: number): void;
  /** A commit is durable; commits become durable in order. */
  durable(sequence: number): void;
  /** Records that are durable, by partition, then offset. */
  readonly records: readonly (readonly Uint8Array[])[];
  /** Offset after the last record with observations, by partition. */
  readonly observedEnds: readonly number[];
}

/** Nothing was appended yet. */
export function createLogHistory(partitionCount: number): LogHistory {
  const records: Uint8Array[][] = Array.from({ length: partitionCount }, () => []);
  const observedEnds = new Array<number>(partitionCount).fill(0);
  const groups = new Map<number, readonly LogAppend[]>();
  let current: readonly LogAppend[] | undefined;
  return {
    records,
    observedEnds,
    appending(group, append) {
      current = group.map((record) => ({ ...record, bytes: record.bytes.slice() }));
      try {
        return append();
      } finally {
        current = undefined;
      }
    },
    writing(sequence) {
      if (current !== undefined) groups.set(sequence, current);
    },
    durable(sequence) {
      for (const { partition, bytes, weight } of groups.get(sequence) ?? []) {
        const end = records[partition]!.push(bytes);
        if (weight !== undefined) observedEnds[partition] = end;
      }
      groups.delete(sequence);
    },
  };
}
