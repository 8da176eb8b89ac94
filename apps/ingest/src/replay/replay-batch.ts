import type { LogAppend } from '@isotherm/log';
import { encodeObservations, type ObservationInput, type RejectedRow, type ReplayInput } from '@isotherm/records';

interface PartitionRows {
  readonly rows: ObservationInput[];
  readonly letters: ReplayInput[];
  readonly rejected: Omit<RejectedRow, 'slice'>[];
  readonly rejectedLetters: ReplayInput[];
}

/** Rows of a replay, gathered into one record a partition. */
export interface ReplayBatch {
  accept(partition: number, letter: ReplayInput, row: ObservationInput): void;
  reject(partition: number, letter: ReplayInput, row: Omit<RejectedRow, 'slice'>): void;
  /** The records, in order of partition. They weigh nothing: their observations were acked when they first came. */
  encode(stampMs: number, traceParent: string): LogAppend[];
}

/** Creates an empty batch. */
export function createReplayBatch(): ReplayBatch {
  const partitions = new Map<number, PartitionRows>();
  const rowsOf = (partition: number): PartitionRows => {
    const known = partitions.get(partition);
    if (known !== undefined) return known;
    const rows = { rows: [], letters: [], rejected: [], rejectedLetters: [] };
    partitions.set(partition, rows);
    return rows;
  };
  return {
    accept(partition, letter, row) {
      const { rows, letters } = rowsOf(partition);
      rows.push(row);
      letters.push(letter);
    },
    reject(partition, letter, row) {
      const { rejected, rejectedLetters } = rowsOf(partition);
      rejected.push(row);
      rejectedLetters.push(letter);
    },
    encode: (stampMs, traceParent) =>
      [...partitions]
        .sort(([a], [b]) => a - b)
        .map(([partition, { rows, letters, rejected, rejectedLetters }]) => ({
          partition,
          bytes: encodeObservations({
            stampMs,
            traceParent,
            slices: [{ rows, rejected }],
            replay: [...letters, ...rejectedLetters],
          }),
          weight: 0,
        })),
  };
}
