import type { StagedSlices } from '../staging/staged-slices.ts';

/** The slices of a group by partition, each partition's in order of arrival. */
export interface SliceOrder {
  /** Partitions with slices, ascending. */
  readonly partitions: readonly number[];
  /** Slices, partition by partition. */
  readonly slices: Uint32Array;
  /** Of each slice its index within its partition's record. */
  readonly local: Uint32Array;
  /** Of partition i of `partitions`: its slices are [starts[i], starts[i + 1]). */
  readonly starts: readonly number[];
}

/** Sorts slices by partition, by counting. */
export function orderSlices(slices: StagedSlices, partitionCount: number): SliceOrder {
  const counts = new Uint32Array(partitionCount);
  for (let slice = 0; slice < slices.count; slice += 1) counts[slices.partition[slice]!]! += 1;
  const partitions: number[] = [];
  const starts: number[] = [];
  const next = new Uint32Array(partitionCount);
  let end = 0;
  for (let partition = 0; partition < partitionCount; partition += 1) {
    const count = counts[partition]!;
    if (count === 0) continue;
    partitions.push(partition);
    starts.push(end);
    next[partition] = end;
    end += count;
  }
  starts.push(end);
  const first = next.slice();
  const sorted = new Uint32Array(slices.count);
  const local = new Uint32Array(slices.count);
  for (let slice = 0; slice < slices.count; slice += 1) {
    const partition = slices.partition[slice]!;
    const position = next[partition]!;
    next[partition] = position + 1;
    sorted[position] = slice;
    local[slice] = position - first[partition]!;
  }
  return { partitions, slices: sorted, local, starts };
}
