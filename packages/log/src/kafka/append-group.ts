import type { LogAppend, RecordOutcome } from '../log.ts';

/** A group under way: its outcomes as they come. */
export class AppendGroup {
  readonly bytes: number;
  readonly done: Promise<readonly RecordOutcome[]>;
  readonly #outcomes: RecordOutcome[];
  readonly #resolve: (outcomes: readonly RecordOutcome[]) => void;
  #left: number;

  constructor(records: number, bytes: number) {
    const { promise, resolve } = Promise.withResolvers<readonly RecordOutcome[]>();
    this.bytes = bytes;
    this.done = promise;
    this.#outcomes = new Array(records);
    this.#resolve = resolve;
    this.#left = records;
    if (records === 0) resolve([]);
  }

  /** Says what became of the group's record of that index, once. */
  settle(index: number, outcome: RecordOutcome): void {
    this.#outcomes[index] = outcome;
    this.#left--;
    if (this.#left === 0) this.#resolve(this.#outcomes);
  }
}

/** The records of a group in one partition: they are sent in one batch, so that they share their fate. */
export interface GroupPart {
  readonly group: AppendGroup;
  /** Their places in the group. */
  readonly indexes: number[];
  readonly values: Uint8Array[];
  /** On the runtime's monotonic clock. Past it the part is given up where it is not known to be kept. */
  readonly deadlineMs: number;
}

/** Says the same of every record of a part. */
export function settlePart({ group, indexes }: GroupPart, outcome: RecordOutcome): void {
  for (const index of indexes) group.settle(index, outcome);
}

/** The parts of a group, by partition. */
export function partsOf(
  records: readonly LogAppend[],
  part: Pick<GroupPart, 'group' | 'deadlineMs'>,
): ReadonlyMap<number, GroupPart> {
  const parts = new Map<number, GroupPart>();
  for (const [index, { partition, bytes }] of records.entries()) {
    const known = parts.get(partition);
    if (known === undefined) parts.set(partition, { ...part, indexes: [index], values: [bytes] });
    else {
      known.indexes.push(index);
      known.values.push(bytes);
    }
  }
  return parts;
}
