import { crc32 } from 'node:zlib';
import {
  CommitCollector,
  CommitView,
  createPartitionVector,
  decodePartitionVector,
  encodeCommit,
  encodePartitionVector,
  planCommit,
  ReaderBatch,
} from '@isotherm/log/internals';
import type { Prng } from '@isotherm/testkit';
import { accepted, type FuzzTarget, refused } from '../fuzz-target.ts';

const PARTITIONS = 6;
const SEQUENCE = 4_000_000_123;

function vector() {
  const made = createPartitionVector(PARTITIONS);
  made.next.set([5, 2 ** 40, 0, 7, 1, 9]);
  made.weight.set([50, 1, 0, 70, 1, 90]);
  made.bytes = 123_456;
  return made;
}

function commit(sizes: readonly number[]): Uint8Array {
  const group = sizes.map((size, i) => ({
    partition: (i * 5) % PARTITIONS,
    bytes: new Uint8Array(size).fill(i),
    weight: i,
  }));
  const plan = planCommit(group, vector(), new Int32Array(PARTITIONS).fill(-1));
  const bytes = new Uint8Array(plan.valueBytes);
  encodeCommit(bytes, plan, { sequence: SEQUENCE, before: vector(), appendMs: 1_750_000_000_000 });
  return bytes;
}

/** Values of the LMDB log: only what was written may come out, at the offsets it was written for. */
export const commitTarget: FuzzTarget = {
  name: 'log-commit',
  reads: 'commits of the log on disk',
  weight: 120,
  maxBytes: 16_384,
  // The arena of a reader takes whole chunks.
  allowedBytes: (inputBytes) => 3_000_000 + 16 * inputBytes,
  open() {
    const view = new CommitView();
    const batch = new ReaderBatch();
    return {
      seeds: [[0], [20], [1, 2, 3], [64, 64, 64, 64, 64, 64, 64, 64], [3000, 0, 10], []].map(commit),
      repair: (bytes) => repairCommit(bytes),
      run(input) {
        const condition = view.read(input, SEQUENCE, PARTITIONS);
        const positions = new Float64Array(PARTITIONS).fill(0);
        const collector = new CommitCollector(positions, batch);
        batch.begin(1 << 20);
        if (condition === 'whole') collector.collect(view);
        if (condition === 'extents') collector.skipCommit(view, 'damaged');
        const bytes = batch.entries.reduce((sum, entry) => sum + entry.bytes.length, 0);
        if (bytes > input.length) throw new Error(`${bytes} bytes of records out of ${input.length}`);
        for (const { partition } of [...batch.entries, ...batch.corruptions]) {
          if (!(partition < PARTITIONS)) throw new Error(`A record of partition ${partition} of ${PARTITIONS}`);
        }
        if (condition === 'lost') return refused('lost');
        const name = batch.corruptions.length === 0 ? 'read' : 'corruptions reported';
        return condition === 'whole' ? accepted(name) : refused(`extents only, ${name}`);
      },
    };
  },
};

/** Makes the checksums of a commit's directory and trailer right, as far as there are such. */
function repairCommit(bytes: Uint8Array): void {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  if (bytes.length < 80) return;
  const payloadAt = 48 + view.getUint32(8, true) * 32 + view.getUint32(12, true) * 16;
  if (payloadAt <= bytes.length) view.setUint32(4, crc32(bytes.subarray(8, payloadAt)), true);
  const at = bytes.length - 32;
  const partitionsAt = at - view.getUint32(at + 8, true) * 32;
  if (partitionsAt >= 0) {
    view.setUint32(at + 4, crc32(bytes.subarray(at + 8), crc32(bytes.subarray(partitionsAt, at))), true);
  }
}

/** Index entries of the log: what is decoded encodes to the same bytes. */
export const vectorTarget: FuzzTarget = {
  name: 'log-index',
  reads: 'index entries of the log on disk',
  weight: 40,
  maxBytes: 1024,
  allowedBytes: (inputBytes) => 200_000 + 16 * inputBytes,
  open: () => ({
    seeds: [encodePartitionVector(vector()), encodePartitionVector(createPartitionVector(PARTITIONS))],
    mutate: (bytes: Uint8Array, random: Prng) => {
      const copy = bytes.slice();
      if (copy.length > 24) copy[16 + random.below(copy.length - 16)] = random.below(256);
      return copy;
    },
    repair(bytes) {
      if (bytes.length >= 8) new DataView(bytes.buffer).setUint32(4, crc32(bytes.subarray(8)), true);
    },
    run(input) {
      const decoded = decodePartitionVector(input, PARTITIONS);
      if (decoded === undefined) return refused('damaged');
      const again = encodePartitionVector(decoded);
      // Four bytes are padding.
      const differs = again.findIndex((byte, at) => byte !== input[at] && (at < 12 || at > 15) && at > 7);
      const hasNaN =
        decoded.next.some(Number.isNaN) || decoded.weight.some(Number.isNaN) || Number.isNaN(decoded.bytes);
      if (differs >= 0 && !hasNaN) throw new Error(`It encodes to another byte at ${differs}`);
      return accepted(hasNaN ? 'decoded, with NaN' : 'decoded');
    },
  }),
};
