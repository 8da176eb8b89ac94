import type { BatchResult, ReadToken } from '@isotherm/client';
import type { BadLine, FileBatch } from './batches-of-file.ts';

/** A reading that the platform rejected. */
export interface RejectedLine extends BadLine {
  readonly kind: string;
}

/** What became of a file's readings. */
export interface SendReport {
  /** Handed to the platform and accepted for the first time. */
  readonly accepted: number;
  /** Sent before and therefore not counted again. */
  readonly alreadyThere: number;
  /** Rejected by the platform: kept as dead letters. */
  readonly rejected: number;
  readonly rejectedByReason: Readonly<Record<string, number>>;
  /** Lines that are no readings: not sent. */
  readonly badLines: number;
  /** The first of both kinds. */
  readonly problems: readonly RejectedLine[];
}

/** Problems kept for the report; the others are counted. */
const MAX_PROBLEMS = 1000;

/** Counts while a file is sent. */
export function createSendTally() {
  const byReason = new Map<string, number>();
  const problems: RejectedLine[] = [];
  const offsets = new Map<number, bigint>();
  let incarnation: string | undefined;
  let accepted = 0;
  let alreadyThere = 0;
  let rejected = 0;
  let badLines = 0;
  const count = (reason: string, by: number) => byReason.set(reason, (byReason.get(reason) ?? 0) + by);
  const note = (problem: RejectedLine) => {
    if (problems.length < MAX_PROBLEMS) problems.push(problem);
  };
  return {
    bad(bad: BadLine): void {
      badLines += 1;
      note({ ...bad, kind: 'BAD_LINE' });
    },
    skipped(rows: number): void {
      alreadyThere += rows;
    },
    answered(batch: FileBatch, result: BatchResult): void {
      const { readToken } = result;
      incarnation = readToken?.incarnation ?? incarnation;
      for (const [index, partition] of (readToken?.partitions ?? []).entries()) {
        offsets.set(partition, readToken?.offsets[index] ?? 0n);
      }
      if (result.duplicate) {
        alreadyThere += batch.observations.length;
        return;
      }
      accepted += result.accepted;
      rejected += result.rejected;
      for (const { row, reason, message } of result.rejections) {
        count(reason, 1);
        note({ line: batch.lines[row] ?? 0, kind: reason, reason: message });
      }
      const unnamed = result.rejected - result.rejections.length;
      if (unnamed > 0) count('further ones, not named by the platform', unnamed);
    },
    get settled() {
      return accepted + alreadyThere + rejected;
    },
    get rejected() {
      return rejected;
    },
    /** Presented with a read, it sees every batch answered so far; undefined before the first. */
    get readToken(): ReadToken | undefined {
      if (incarnation === undefined) return undefined;
      return { incarnation, partitions: [...offsets.keys()], offsets: [...offsets.values()] };
    },
    report(): SendReport {
      return { accepted, alreadyThere, rejected, rejectedByReason: Object.fromEntries(byReason), badLines, problems };
    },
  };
}

/** What {@link createSendTally} makes. */
export type SendTally = ReturnType<typeof createSendTally>;
