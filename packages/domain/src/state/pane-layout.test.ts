import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  ABSENT_H,
  ABSENT_T,
  ABSENT_W,
  CHUNK_SHIFT,
  CHUNK_SLOT_MASK,
  CHUNK_SLOTS,
  chunkOfSlot,
  DIRTY,
  firstRowOf,
  HANDED,
  HEAT_INDEX_UNIT,
  HOUR_MINUTES,
  hourOfMinute,
  MAX_CENTI,
  MAX_PANE_OBSERVATIONS,
  PANE_BYTES,
  pageOfHour,
  QUALITY_BITS,
  RING_HOURS,
  RISK_BITS,
  rowOfMinute,
  SIDE,
  slotInChunk,
  slotPageAt,
  TOUCHED,
} from './pane-layout.ts';
import { PaneSlab } from './pane-slab.ts';
import { StateMemory } from './state-memory.ts';
import { heatIndexSum, SUMS_WIDTH } from './sums.ts';
import { BLOCK_MINUTES, fineAt, SUMS_ROW, slotSumsAt } from './window-cache.ts';

test('numbers that are written out are those of the constants', () => {
  expect(hourOfMinute(HOUR_MINUTES * 5 + 59)).toBe(5);
  expect(pageOfHour(RING_HOURS * 3 + 4)).toBe(4);
  expect(slotInChunk(CHUNK_SLOTS * 2 + 9)).toBe((CHUNK_SLOTS * 2 + 9) & CHUNK_SLOT_MASK);
  expect(chunkOfSlot(CHUNK_SLOTS * 2 + 9)).toBe((CHUNK_SLOTS * 2 + 9) >> CHUNK_SHIFT);
  expect(slotPageAt(3, 9)).toBe(3 * CHUNK_SLOTS + 9);
  expect(firstRowOf(slotPageAt(3, 9))).toBe(3 * HOUR_MINUTES);
  expect(rowOfMinute((RING_HOURS * 2 + 4) * HOUR_MINUTES + 17)).toBe(4 * HOUR_MINUTES + 17);
  expect(heatIndexSum(3, 5)).toBe(3 * HEAT_INDEX_UNIT + 5);
  expect(slotSumsAt(9)).toBe(9 * SUMS_WIDTH);
  expect(fineAt(4, 9)).toBe(4 * SUMS_ROW + 9 * SUMS_WIDTH);
  expect(HOUR_MINUTES % BLOCK_MINUTES).toBe(0);
});

test('a pane has 40 bytes, and shares none of them', () => {
  const slab = new PaneSlab(new StateMemory(), 3);
  expect(slab.bytes.length).toBe(3 * PANE_BYTES);
  slab.clear(1, 0xffff);
  slab.addHeatIndex(1, 1.5, -1);
  slab.addCount(1);
  expect(slab.bytes.subarray(0, PANE_BYTES).every((byte) => byte === 0)).toBe(true);
  expect(slab.bytes.subarray(2 * PANE_BYTES).every((byte) => byte === 0)).toBe(true);
});

test('a pane keeps every number apart from the others', () => {
  const centi = fc.integer({ min: -MAX_CENTI, max: MAX_CENTI });
  const values = fc.array(fc.tuple(centi, centi, centi, centi), { minLength: 1, maxLength: 50 });
  fc.assert(
    fc.property(values, fc.nat({ max: 0xffff }), (observations, flags) => {
      const chunk = panes;
      const pane = 1234;
      chunk.clear(pane, flags);
      for (const [t, h, w, hi] of observations) {
        chunk.addCount(pane);
        chunk.addTemperature(pane, t);
        chunk.addHumidity(pane, h);
        chunk.addWind(pane, w);
        chunk.addHeatIndex(pane, hi * 10_737_418, hi);
      }
      const column = (i: number) => observations.map((observation) => observation[i]!);
      const sum = (i: number) => column(i).reduce((a, b) => a + b, 0);
      expect(chunk.flags(pane)).toBe(flags);
      expect(chunk.count(pane)).toBe(observations.length);
      expect([chunk.temperatureSum(pane), chunk.humiditySum(pane), chunk.windSum(pane)]).toEqual([
        sum(0),
        sum(1),
        sum(2),
      ]);
      expect(chunk.heatIndexSum(pane)).toBe(column(3).reduce((a, b) => a + b * 10_737_418, 0));
      expect([chunk.temperatureMin(pane), chunk.temperatureMax(pane)]).toEqual(extremes(column(0)));
      expect([chunk.humidityMin(pane), chunk.humidityMax(pane)]).toEqual(extremes(column(1)));
      expect([chunk.windMin(pane), chunk.windMax(pane)]).toEqual(extremes(column(2)));
      expect([chunk.heatIndexMin(pane), chunk.heatIndexMax(pane)]).toEqual(extremes(column(3)));
    }),
  );
});

test('no flag shares a bit with another', () => {
  const flags = [RISK_BITS, QUALITY_BITS, SIDE, DIRTY, HANDED, TOUCHED, ABSENT_T, ABSENT_H, ABSENT_W];
  expect(flags.reduce((a, b) => a | b)).toBe(flags.reduce((a, b) => a + b));
  expect(flags.reduce((a, b) => a | b)).toBeLessThan(0x1_0000);
});

test('as many heat indices as a pane may hold sum up exactly', () => {
  expect(MAX_PANE_OBSERVATIONS * (MAX_CENTI / 100 + 0.01) * HEAT_INDEX_UNIT).toBeLessThan(Number.MAX_SAFE_INTEGER);
  expect(MAX_PANE_OBSERVATIONS * MAX_CENTI).toBeLessThan(2 ** 31);
  expect(MAX_PANE_OBSERVATIONS).toBeLessThan(0x1_0000);
});

const panes = new PaneSlab(new StateMemory(), 2000);

function extremes(values: readonly number[]): readonly [number, number] {
  return [Math.min(...values), Math.max(...values)];
}
