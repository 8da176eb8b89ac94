import type { LogAppend } from '@isotherm/log';
import { encodeObservations, type ObservationInput, type RejectedRow, type ReplayInput } from '@isotherm/records';

interface PartitionRows {
  /** One for each run of rows of the same tenant. */
  readonly slices: TenantRows[];
  readonly letters: ReplayInput[];
  readonly rejectedLetters: ReplayInput[];
}

interface TenantRows {
  readonly tenant: string;
  readonly rows: ObservationInput[];
  readonly rejected: Omit<RejectedRow, 'slice'>[];
}

/** Where a row goes, and whose it is. */
export interface ReplayPlace {
  readonly partition: number;
  readonly tenant: string;
  readonly letter: ReplayInput;
}

/** Rows of a replay, gathered into one record a partition. */
export interface ReplayBatch {
  accept(place: ReplayPlace, row: ObservationInput): void;
  reject(place: ReplayPlace, row: Omit<RejectedRow, 'slice'>): void;
  /** The records, in order of partition. They weigh nothing: their observations were acked when they first came. */
  encode(traceParent: string): LogAppend[];
}

/** Creates an empty batch. */
export function createReplayBatch(): ReplayBatch {
  const partitions = new Map<number, PartitionRows>();
  const rowsOf = (partition: number): PartitionRows => {
    const known = partitions.get(partition);
    if (known !== undefined) return known;
    const rows = { slices: [], letters: [], rejectedLetters: [] };
    partitions.set(partition, rows);
    return rows;
  };
  const sliceOf = ({ slices }: PartitionRows, tenant: string): TenantRows => {
    const last = slices.at(-1);
    if (last?.tenant === tenant) return last;
    const slice = { tenant, rows: [], rejected: [] };
    slices.push(slice);
    return slice;
  };
  return {
    accept({ partition, tenant, letter }, row) {
      const rows = rowsOf(partition);
      sliceOf(rows, tenant).rows.push(row);
      rows.letters.push(letter);
    },
    reject({ partition, tenant, letter }, row) {
      const rows = rowsOf(partition);
      sliceOf(rows, tenant).rejected.push(row);
      rows.rejectedLetters.push(letter);
    },
    encode: (traceParent) =>
      [...partitions]
        .sort(([a], [b]) => a - b)
        .map(([partition, { slices, letters, rejectedLetters }]) => ({
          partition,
          bytes: encodeObservations({
            traceParent,
            slices,
            replay: [...letters, ...rejectedLetters],
          }),
          weight: 0,
        })),
  };
}
