import { expect, it } from 'vitest';
import { restorePartitionState, SegmentFormatError } from '../src/index.ts';
import { TEST_EPOCH_MS, TEST_SETTINGS } from '../src/state/testing/script.ts';
import { TestPartition } from '../src/state/testing/test-partition.ts';

/** A segment of one city, with a number in it replaced. */
function claiming(at: (view: DataView) => number, count: number): Uint8Array {
  const partition = new TestPartition();
  partition.send({ city: '1', observedMs: TEST_EPOCH_MS, t: 20 });
  const segment = partition.state.takeSegment('full');
  const view = new DataView(segment.buffer, segment.byteOffset, segment.length);
  view.setUint32(at(view), count, true);
  return segment;
}

/** Where the number of slots is: behind the settings, whose length comes after 40 bytes of header and 8 numbers. */
function slotsAt(view: DataView): number {
  const settingsAt = 8 + 4 + 8 + 4 + 4 + 4 + 4 + 8 + 8 * 8 + 4;
  return settingsAt + 4 + view.getUint32(settingsAt, true);
}

// Found by fuzzing: 20 KB that claimed millions of slots or side panes cost gigabytes before anything else was looked at.
it('a segment that claims more slots than its bytes can hold is refused before memory is taken', () => {
  const restore = (segment: Uint8Array) => () =>
    restorePartitionState({ partition: 0, settings: TEST_SETTINGS, segments: [segment] });
  expect(restore(claiming(slotsAt, 1))).not.toThrow();
  for (const slots of [10_000, 1_000_000, (1 << 24) - 1]) {
    expect(restore(claiming(slotsAt, slots))).toThrow(SegmentFormatError);
    expect(restore(claiming(slotsAt, slots))).toThrow(/slots, at most/);
  }
});
