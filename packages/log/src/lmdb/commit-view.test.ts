import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { record } from '../conformance/log-harness.ts';
import type { LogAppend } from '../log.ts';
import { encodeCommit, planCommit } from './commit-encoder.ts';
import { CommitView } from './commit-view.ts';
import { createPartitionVector } from './partition-vector.ts';

const PARTITIONS = 6;
const SEQUENCE = 4_000_000_123;
const APPEND_MS = 1_750_000_000_123.5;

function encoded(group: readonly LogAppend[]): Uint8Array {
  const vector = createPartitionVector(PARTITIONS);
  vector.next.set([5, 2 ** 40, 0, 7, 1, 9]);
  vector.bytes = 123_456;
  const plan = planCommit(group, vector, new Int32Array(PARTITIONS).fill(-1));
  const bytes = new Uint8Array(plan.valueBytes);
  encodeCommit(bytes, plan, { sequence: SEQUENCE, before: vector, appendMs: APPEND_MS });
  return bytes;
}

function extentsOf(view: CommitView): number[][] {
  return Array.from({ length: view.partitions }, (_, slot) => [
    view.partitionAt(slot),
    view.baseOffsetAt(slot),
    view.countAt(slot),
    view.baseWeightAt(slot),
    view.weightAt(slot),
  ]);
}

const group = fc
  .array(fc.tuple(fc.nat(PARTITIONS - 1), fc.uint8Array({ maxLength: 60 }), fc.nat(1000)), {
    minLength: 1,
    maxLength: 12,
  })
  .map((records) => records.map(([partition, bytes, weight]) => ({ partition, bytes, weight })));

describe('a commit', () => {
  it('says which offsets it holds', () => {
    const view = new CommitView();
    const bytes = encoded([record(1, 'a', 4), record(3, 'b'), record(1, 'c', 5)]);
    expect(view.read(bytes, SEQUENCE, PARTITIONS)).toBe('whole');
    expect(extentsOf(view)).toEqual([
      [1, 2 ** 40, 2, 0, 9],
      [3, 7, 1, 0, 0],
    ]);
    expect(view.bytesBefore).toBe(123_456);
  });

  it('gives every record back', () => {
    fc.assert(
      fc.property(group, (records) => {
        const view = new CommitView();
        expect(view.read(encoded(records), SEQUENCE, PARTITIONS)).toBe('whole');
        let at = view.payloadAt;
        const read = records.map((_, i) => {
          const bytes = view.recordBytes(i, at)?.slice();
          at += view.lengthOf(i);
          return { partition: view.partitionAt(view.slotOf(i)), bytes };
        });
        expect(read).toEqual(records.map(({ partition, bytes }) => ({ partition, bytes })));
      }),
    );
  });

  it('never tells wrong offsets or bytes, whatever happened to it', () => {
    const change = fc.array(fc.tuple(fc.nat(), fc.integer({ min: 1, max: 255 })), { minLength: 1, maxLength: 6 });
    fc.assert(
      fc.property(group, change, fc.option(fc.nat()), (records, changes, cut) => {
        const bytes = encoded(records);
        const view = new CommitView();
        view.read(bytes, SEQUENCE, PARTITIONS);
        const truth = extentsOf(view);
        let damaged = bytes.slice();
        for (const [at, mask] of changes) damaged[at % bytes.length] = (damaged[at % bytes.length] ?? 0) ^ mask;
        if (cut !== null) damaged = damaged.subarray(0, cut % (bytes.length + 1));
        const condition = view.read(damaged, SEQUENCE, PARTITIONS);
        if (condition !== 'lost') expect(extentsOf(view)).toEqual(truth);
        if (condition !== 'whole') return;
        let at = view.payloadAt;
        for (const [i, { bytes: original }] of records.entries()) {
          const found = view.recordBytes(i, at);
          if (found !== undefined) expect(found.slice()).toEqual(original);
          at += view.lengthOf(i);
        }
      }),
      { numRuns: 500 },
    );
  });

  it('of another sequence is none', () => {
    const view = new CommitView();
    expect(view.read(encoded([record(0, 'a')]), SEQUENCE + 1, PARTITIONS)).toBe('lost');
  });
});
