import { expect, it } from 'vitest';
import { restorePartitionState, SegmentFormatError } from '../src/index.ts';
import { TEST_EPOCH_MS, TEST_SETTINGS } from '../src/state/testing/script.ts';
import { TestPartition } from '../src/state/testing/test-partition.ts';

/** A segment of one city, with a number in it replaced. */
function claiming(at: number, count: number): Uint8Array {
  const partition = new TestPartition();
  partition.send({ city: '1', observedMs: TEST_EPOCH_MS, t: 20 });
  const segment = partition.state.takeSegment('full');
  const view = new DataView(segment.buffer, segment.byteOffset, segment.length);
  view.setUint32(at, count, true);
  return segment;
}

/** Where the number of slots is: after 44 bytes of header, 8 numbers and the next chunk. */
const SLOTS_AT = 8 + 4 + 8 + 4 + 4 + 4 + 4 + 8 + 8 * 8 + 4;

// Found by fuzzing: 20 KB that claimed millions of slots or side panes cost gigabytes before anything else was looked at.
it('a segment that claims more slots than its bytes can hold is refused before memory is taken', () => {
  const restore = (segment: Uint8Array) => () =>
    restorePartitionState({ partition: 0, settings: TEST_SETTINGS, segments: [segment] });
  expect(restore(claiming(SLOTS_AT, 1))).not.toThrow();
  for (const slots of [10_000, 1_000_000, (1 << 24) - 1]) {
    expect(restore(claiming(SLOTS_AT, slots))).toThrow(SegmentFormatError);
    expect(restore(claiming(SLOTS_AT, slots))).toThrow(/slots, at most/);
  }
});
