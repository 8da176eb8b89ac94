import { crc32 } from 'node:zlib';
import { expect, it } from 'vitest';
import { record } from '../src/conformance/log-harness.ts';
import { encodeCommit, planCommit } from '../src/lmdb/commit-encoder.ts';
import { HEADER_BYTES, PARTITION_BYTES } from '../src/lmdb/commit-layout.ts';
import { CommitView } from '../src/lmdb/commit-view.ts';
import { createPartitionVector } from '../src/lmdb/partition-vector.ts';

const PARTITIONS = 2;
const RECORDS_AT = HEADER_BYTES + PARTITION_BYTES;

/** A commit of one record whose directory was changed and sealed again. */
function sealed(change: (view: DataView) => void): Uint8Array {
  const vector = createPartitionVector(PARTITIONS);
  const plan = planCommit([record(1, 'text')], vector, new Int32Array(PARTITIONS).fill(-1));
  const bytes = new Uint8Array(plan.valueBytes);
  encodeCommit(bytes, plan, { sequence: 7, before: vector, appendMs: 1 });
  const view = new DataView(bytes.buffer);
  change(view);
  view.setUint32(4, crc32(bytes.subarray(8, RECORDS_AT + 16)), true);
  return bytes;
}

// Found by fuzzing: reading such a commit threw "Offset is outside the bounds of the DataView" into the reader's poll.
it('a commit whose directory is sealed rightly and points at nothing is read by its end', () => {
  const view = new CommitView();
  expect(
    view.read(
      sealed(() => {}),
      7,
      PARTITIONS,
    ),
  ).toBe('whole');
  const changes: ((commit: DataView) => void)[] = [
    (commit) => commit.setUint32(HEADER_BYTES, 2, true), // partition 2 of 2
    (commit) => commit.setUint32(RECORDS_AT, 1, true), // a record of the second partition of one
    (commit) => commit.setUint32(RECORDS_AT + 4, 4_000_000, true), // a record longer than the commit
  ];
  for (const change of changes) {
    expect(view.read(sealed(change), 7, PARTITIONS)).toBe('extents');
    expect([view.partitions, view.partitionAt(0), view.countAt(0)]).toEqual([1, 1, 1]);
  }
});
