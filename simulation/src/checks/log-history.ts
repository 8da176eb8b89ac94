import type { LogAppend } from '@isotherm/log';
import type { Violations } from '../engine/violation.ts';

/** A record that is durable. */
export interface HistoryRecord {
  readonly bytes: Uint8Array;
  /** The stamp that its writer gave it. */
  readonly appendMs: number;
}

/**
 * What the log must hold, known without reading it: the groups that were handed to it, by the commits they went into,
 * as far as those are durable.
 */
export interface LogHistory {
  /** Runs an append of the product's log at a time of its writer's clock; the commit it writes is known by this group. */
  appending<T>(handed: { readonly group: readonly LogAppend[]; readonly nowMs: number }, append: () => T): T;
  /** The disk was asked to write a commit with this stamp. */
  writing(sequence: number, appendMs: number): void;
  /** A commit is durable; commits become durable in order. */
  durable(sequence: number): void;
  /** Records that are durable, by partition, then offset. */
  readonly records: readonly (readonly HistoryRecord[])[];
  /** Offset after the last record with observations, by partition. */
  readonly observedEnds: readonly number[];
}

interface Commit {
  readonly group: readonly LogAppend[];
  readonly appendMs: number;
}

/** A stamp falls only where it is further ahead of the writer's clock than this. */
const CLOCK_TOLERANCE_MS = 300_000;

/** Nothing was appended yet. */
export function createLogHistory(partitionCount: number, violations: Violations): LogHistory {
  const records: HistoryRecord[][] = Array.from({ length: partitionCount }, () => []);
  const observedEnds = new Array<number>(partitionCount).fill(0);
  const commits = new Map<number, Commit>();
  let current: { readonly group: readonly LogAppend[]; readonly nowMs: number } | undefined;
  /** Stamp of the newest commit that is durable. */
  let durableMs = 0;
  return {
    records,
    observedEnds,
    appending({ group, nowMs }, append) {
      current = { group: group.map((record) => ({ ...record, bytes: record.bytes.slice() })), nowMs };
      try {
        return append();
      } finally {
        current = undefined;
      }
    },
    writing(sequence, appendMs) {
      if (current === undefined) return;
      const { group, nowMs } = current;
      const beforeMs = commits.get(sequence - 1)?.appendMs ?? durableMs;
      violations.expect(
        appendMs - nowMs <= CLOCK_TOLERANCE_MS && (appendMs >= beforeMs || beforeMs - nowMs > CLOCK_TOLERANCE_MS),
        'a stamp does not fall, nor lead the clock of the writer for long',
        () => `commit ${sequence}: ${appendMs} after ${beforeMs}, the clock says ${nowMs}`,
      );
      commits.set(sequence, { group, appendMs });
    },
    durable(sequence) {
      const { group, appendMs } = commits.get(sequence)!;
      for (const { partition, bytes, weight } of group) {
        const end = records[partition]!.push({ bytes, appendMs });
        if (weight !== undefined) observedEnds[partition] = end;
      }
      durableMs = appendMs;
      commits.delete(sequence);
    },
  };
}
