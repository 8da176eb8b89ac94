import type { LogAppend } from './log.ts';
import { logMisuse } from './log-errors.ts';

const MAX_RECORD_BYTES = 0x7fff_ffff;
const MAX_WEIGHT = 0xffff_ffff;

/** @throws LOG_MISUSE if a record of the group cannot be appended to a log of so many partitions. */
export function checkGroup(group: readonly LogAppend[], partitionCount: number): void {
  for (const { partition, bytes, weight = 0 } of group) {
    checkPartition(partition, partitionCount);
    if (bytes.length > MAX_RECORD_BYTES) {
      throw logMisuse(`A record of ${bytes.length} bytes exceeds the limit of ${MAX_RECORD_BYTES}`);
    }
    if (!Number.isInteger(weight) || weight < 0 || weight > MAX_WEIGHT) {
      throw logMisuse(`Weight ${weight} is not a whole number from 0 to ${MAX_WEIGHT}`);
    }
  }
}

/** @throws LOG_MISUSE if there is no such partition. */
export function checkPartition(partition: number, partitionCount: number): void {
  if (!Number.isInteger(partition) || partition < 0 || partition >= partitionCount) {
    throw logMisuse(`Partition ${partition} is not one of 0 to ${partitionCount - 1}`);
  }
}

/** @throws LOG_MISUSE if one of the positions names no partition, one that `isAssigned`, or no offset. */
export function checkPositions(
  positions: ReadonlyMap<number, number>,
  partitionCount: number,
  isAssigned: (partition: number) => boolean,
): void {
  for (const [partition, offset] of positions) {
    checkPartition(partition, partitionCount);
    if (isAssigned(partition)) throw logMisuse(`Partition ${partition} is read already`);
    if (!Number.isInteger(offset) || offset < 0) throw logMisuse(`Offset ${offset} is not a whole number from 0`);
  }
}
