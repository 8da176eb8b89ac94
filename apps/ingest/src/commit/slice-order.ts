import type { StagedSlices } from '../staging/staged-slices.ts';

/** The slices of a group by partition, each partition's in order of arrival. */
export interface SliceOrder {
  /** Partitions with slices, ascending. */
  readonly partitions: readonly number[];
  /** Slices, partition by partition. */
  readonly slices: Int32Array;
  /** Of each slice its index within its partition's record. */
  readonly local: Int32Array;
  /** Of partition i of `partitions`: its slices are [starts[i], starts[i + 1]). */
  readonly starts: readonly number[];
}

/** Sorts slices by partition, by counting. */
export function orderSlices(slices: StagedSlices, partitionCount: number): SliceOrder {
  const { count, partition: owners } = slices;
  const counts = new Int32Array(partitionCount);
  for (let slice = 0; slice < count; slice += 1) counts[owners[slice]!]! += 1;
  const partitions: number[] = [];
  const starts: number[] = [];
  const next = new Int32Array(partitionCount);
  let end = 0;
  for (let partition = 0; partition < partitionCount; partition += 1) {
    if (counts[partition] === 0) continue;
    partitions.push(partition);
    starts.push(end);
    next[partition] = end;
    end += counts[partition]!;
  }
  starts.push(end);
  const first = next.slice();
  const sorted = new Int32Array(count);
  const local = new Int32Array(count);
  for (let slice = 0; slice < count; slice += 1) {
    const partition = owners[slice]!;
    const position = next[partition]!;
    next[partition] = position + 1;
    sorted[position] = slice;
    local[slice] = position - first[partition]!;
  }
  return { partitions, slices: sorted, local, starts };
}
