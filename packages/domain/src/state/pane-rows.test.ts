import fc from 'fast-check';
import { expect, test } from 'vitest';
import { PaneChunk } from './pane-chunk.ts';
import { CHUNK_SLOTS, HOUR_MINUTES, PANE_BYTES, slotPageAt } from './pane-layout.ts';
import { StateMemory } from './state-memory.ts';
import { SumsPool } from './sums-pool.ts';

const memory = new StateMemory();
const newChunk = () => new PaneChunk(memory, new SumsPool(memory));

const step = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({ kind: fc.constant('add' as const), slot: fc.nat({ max: 63 }), minute: fc.nat({ max: 5 }) }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant('begin' as const), slot: fc.nat({ max: 63 }), minute: fc.constant(0) }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant('all' as const), slot: fc.nat({ max: 63 }), minute: fc.nat({ max: 5 }) }),
  },
);

test('a pane is found where it was made and keeps what was written, whatever comes and goes beside it', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 400, size: 'max' }), (steps) => {
      const chunk = newChunk();
      const written = new Map<string, number>();
      let next = 1;
      const add = (slot: number, minute: number): void => {
        if (written.has(`${slot}/${minute}`)) return;
        const pane = chunk.add(slotPageAt(0, slot), minute);
        chunk.clear(pane, 0);
        chunk.addHeatIndex(pane, next, 0);
        written.set(`${slot}/${minute}`, next++);
      };
      for (let slot = 0; slot < CHUNK_SLOTS; slot++) chunk.begin(slotPageAt(0, slot), 27);
      for (const { kind, slot, minute } of steps) {
        if (kind === 'add') add(slot, minute);
        else if (kind === 'all') for (let other = 0; other <= slot; other++) add(other, minute);
        else {
          const mine = [...written.keys()].filter((key) => key.startsWith(`${slot}/`));
          expect(chunk.begin(slotPageAt(0, slot), 27)).toBe(mine.length);
          for (const key of mine) written.delete(key);
        }
      }
      for (let slot = 0; slot < CHUNK_SLOTS; slot++) {
        for (let minute = 0; minute <= 5; minute++) {
          const pane = chunk.paneOf(slot, 27 * HOUR_MINUTES + minute);
          const wanted = written.get(`${slot}/${minute}`);
          expect(pane < 0 ? undefined : chunk.heatIndexSum(pane)).toBe(wanted);
        }
      }
      expect(chunk.paneCount).toBe(written.size);
    }),
    { numRuns: 60 },
  );
});

/** Bytes up to the last one that was ever written. */
function touchedBytes(chunk: PaneChunk): number {
  return chunk.bytes.findLastIndex((byte) => byte !== 0) + 1;
}

test('a chunk takes memory as it has panes: a reading an hour costs tens of bytes, not a row of 64', () => {
  const chunk = newChunk();
  let panes = 0;
  for (let hour = 0; hour < 24; hour++) {
    for (let slot = 0; slot < CHUNK_SLOTS; slot++) {
      chunk.begin(slotPageAt(hour, slot), hour);
      chunk.clear(chunk.add(slotPageAt(hour, slot), (slot * 7 + hour * 13) % HOUR_MINUTES), 0xff);
      panes++;
    }
  }
  expect(touchedBytes(chunk)).toBeLessThan(3 * PANE_BYTES * panes);
});

test('rows that are emptied give their places to others', () => {
  const chunk = newChunk();
  for (let hour = 0; hour < 27 * 40; hour++) {
    for (let slot = 0; slot < 8; slot++) {
      const slotPage = slotPageAt(hour % 27, slot);
      chunk.begin(slotPage, hour);
      for (let i = 0; i < 3; i++)
        chunk.clear(chunk.add(slotPage, (hour * 7 + slot * 11 + i * 17) % HOUR_MINUTES), 0xff);
    }
  }
  expect(chunk.paneCount).toBe(27 * 8 * 3);
  expect(touchedBytes(chunk)).toBeLessThan(4 * PANE_BYTES * chunk.paneCount);
});

test('minutes of a busy chunk have a place for every slot from their first pane on', () => {
  const chunk = newChunk();
  for (let slot = 0; slot < CHUNK_SLOTS; slot++) chunk.begin(slotPageAt(3, slot), 3);
  for (let minute = 0; minute < 3; minute++) {
    for (let slot = CHUNK_SLOTS - 1; slot >= 0; slot--) {
      const pane = chunk.add(slotPageAt(3, slot), minute);
      if (minute > 0) expect(pane % CHUNK_SLOTS).toBe(slot);
    }
  }
});
