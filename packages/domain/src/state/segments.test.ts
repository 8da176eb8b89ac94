import fc from 'fast-check';
import { expect, test } from 'vitest';
import { restorePartitionState } from './create-partition-state.ts';
import { SegmentFormatError } from './segment-format-error.ts';
import { TEST_SETTINGS } from './testing/script.ts';
import { at, TestPartition } from './testing/test-partition.ts';

const reading = (city: string, observedMs: number, t = 20) => ({ city, observedMs, t, h: 50, w: 2 });
const restore = (...segments: readonly Uint8Array[]) =>
  restorePartitionState({ partition: 0, settings: TEST_SETTINGS, segments });

function busyPartition(): TestPartition {
  const partition = new TestPartition();
  for (let minute = 0; minute < 90; minute++) {
    partition.sendSlices([
      {
        rows: [reading('1', at(minute)), reading('Ōsaka', at(minute), 25), { city: '3', observedMs: at(minute), t: 1 }],
        producer: { id: 'p', session: 2n ** 63n },
        sequence: minute,
        createdAtMs: at(minute),
      },
      { rows: minute % 2 === 0 ? [{ city: '3', observedMs: at(minute), w: 3 }] : [] },
    ]);
  }
  partition.state.skip(90, 'poisoned, naïvely');
  return partition;
}

test('a restored state knows all that the one it was taken of knew', () => {
  const { state } = busyPartition();
  const { state: restored, extras } = restore(state.takeSegment('full', Uint8Array.of(1, 2, 3)));
  expect(extras.map((extra) => [...extra])).toEqual([[1, 2, 3]]);
  expect(restored.counters).toEqual(state.counters);
  expect(restored.appliedOffset).toBe(91);
  expect(restored.logTimeMs).toBe(state.logTimeMs);
  expect(restored.settings).toEqual(state.settings);
  expect(restored.producers()).toEqual(state.producers());
  expect(restored.exceptions(999)).toEqual(state.exceptions(999));
  expect(restored.rowsPending).toBe(state.rowsPending);
  expect(restored.storedOffset).toBe(state.storedOffset);
  expect(restored.watermarkMs).toBe(state.watermarkMs);
  for (const city of ['1', 'Ōsaka', '3']) {
    const slot = restored.slotOf(city)!;
    expect(restored.snapshot(slot)).toEqual(state.snapshot(state.slotOf(city)!));
    expect(restored.rolling(slot, 60)).toEqual(state.rolling(slot, 60));
  }
});

test('a delta holds what changed, and costs that much', () => {
  const partition = busyPartition();
  const full = partition.state.takeSegment('full');
  expect(partition.state.fullSegmentBytes).toBeGreaterThan(full.length * 0.7);
  expect(partition.state.fullSegmentBytes).toBeLessThan(full.length * 1.3);
  partition.send(reading('1', at(91)));
  const delta = partition.state.takeSegment('delta');
  expect(delta.length).toBeLessThan(full.length / 2);
  const nothing = partition.state.takeSegment('delta');
  expect(nothing.length).toBeLessThan(2_000);
  const { state } = restore(full, delta, nothing);
  expect(state.takeSegment('full')).toEqual(partition.state.takeSegment('full'));
});

test('rows that are handed out when a segment is taken are handed out again by whoever restores it', () => {
  const partition = busyPartition();
  const pending = partition.state.takeRows(1_000);
  const { state } = restore(partition.state.takeSegment('full'));
  expect(state.rowsPending).toBe(partition.state.rowsPending);
  expect(state.counters.stored).toBe(0);
  expect(state.takeRows(1_000)?.rows).toEqual(pending?.rows);
});

test('a state without a record can be taken and restored', () => {
  const { state } = new TestPartition();
  expect(restore(state.takeSegment('full')).state.appliedOffset).toBe(0);
  expect(restore(new TestPartition().state.takeSegment('delta')).state.cityCount).toBe(0);
});

test('segments out of order, missing, of another partition or version are refused', () => {
  const partition = busyPartition();
  const full = partition.state.takeSegment('full');
  partition.send(reading('1', at(91)));
  const first = partition.state.takeSegment('delta');
  partition.send(reading('1', at(92)));
  const second = partition.state.takeSegment('delta');
  expect(restore(full, first, second).state.appliedOffset).toBe(93);
  for (const wrong of [[first], [full, second], [full, second, first], [full, full], [full, first, first]]) {
    expect(() => restore(...wrong)).toThrow(SegmentFormatError);
  }
  expect(() => restorePartitionState({ partition: 1, settings: TEST_SETTINGS, segments: [full] })).toThrow(
    'partition 0',
  );
  const newer = full.slice();
  newer[8] = 9;
  expect(() => restore(newer)).toThrow('version 9');
  expect(() => restore(new Uint8Array(64))).toThrow('no segment');
});

test('a segment cut short, anywhere, is refused', () => {
  const full = busyPartition().state.takeSegment('full');
  fc.assert(
    fc.property(fc.nat({ max: full.length - 1 }), (length) => {
      expect(() => restore(full.subarray(0, length))).toThrow(SegmentFormatError);
    }),
    { numRuns: 50 },
  );
  expect(() => restore(Uint8Array.of(...full.subarray(0, 100)))).toThrow(SegmentFormatError);
});

test('a segment of random bytes behind a good header is refused or restored, but never anything else', () => {
  const full = busyPartition().state.takeSegment('full');
  fc.assert(
    fc.property(fc.nat({ max: full.length - 49 }), fc.uint8Array({ minLength: 1, maxLength: 8 }), (from, bytes) => {
      const damaged = full.slice();
      damaged.set(bytes.subarray(0, Math.min(bytes.length, full.length - 48 - from)), 48 + from);
      try {
        restore(damaged);
      } catch (error) {
        expect(error).toBeInstanceOf(SegmentFormatError);
      }
    }),
    { numRuns: 100 },
  );
});
