/**
 * The slices of a group in the order they began: parallel arrays, `count` entries each. Whoever begins one reserves
 * room, writes an entry of every array, notes it in `last` and counts it: the hot loop does that itself.
 */
export interface StagedSlices {
  count: number;
  readonly partition: Int32Array;
  /** Index of its batch within the group. */
  readonly batch: Int32Array;
  /** Accepted rows. */
  readonly rows: Int32Array;
  /** Two words each, as signed integers. */
  readonly digestLow: Int32Array;
  readonly digestHigh: Int32Array;
  /** Of each partition the slice that began last, or −1. */
  readonly last: Int32Array;
  /** Makes room for so many slices more. The arrays may be others afterwards. */
  reserve(more: number): void;
  reset(): void;
}

/** Creates an empty table. */
export function createStagedSlices(partitionCount: number): StagedSlices {
  const last = new Int32Array(partitionCount).fill(-1);
  let capacity = 4096;
  let partitions = new Int32Array(capacity);
  let batches = new Int32Array(capacity);
  let rows = new Int32Array(capacity);
  let digestLow = new Int32Array(capacity);
  let digestHigh = new Int32Array(capacity);
  const grown = (array: Int32Array<ArrayBuffer>): Int32Array<ArrayBuffer> => {
    const longer = new Int32Array(capacity);
    longer.set(array);
    return longer;
  };
  return {
    count: 0,
    get partition() {
      return partitions;
    },
    get batch() {
      return batches;
    },
    get rows() {
      return rows;
    },
    get digestLow() {
      return digestLow;
    },
    get digestHigh() {
      return digestHigh;
    },
    last,
    reserve(more) {
      if (this.count + more <= capacity) return;
      capacity = 2 ** Math.ceil(Math.log2(this.count + more));
      partitions = grown(partitions);
      batches = grown(batches);
      rows = grown(rows);
      digestLow = grown(digestLow);
      digestHigh = grown(digestHigh);
    },
    reset() {
      this.count = 0;
      last.fill(-1);
    },
  };
}
