import fc from 'fast-check';
import { expect, test } from 'vitest';
import { PaneChunk } from './pane-chunk.ts';
import {
  ABSENT_H,
  ABSENT_T,
  ABSENT_W,
  CHUNK_SHIFT,
  CHUNK_SLOT_MASK,
  CHUNK_SLOTS,
  chunkOfSlot,
  DIRTY,
  HANDED,
  HEAT_INDEX_UNIT,
  HOUR_MINUTES,
  hourOfMinute,
  MAX_CENTI,
  MAX_PANE_OBSERVATIONS,
  PANE_BYTES,
  pageOfHour,
  paneAt,
  QUALITY_BITS,
  RING_HOURS,
  RING_ROWS,
  RISK_BITS,
  ROW_BYTES,
  rowOfPane,
  SIDE,
  slotInChunk,
  slotPageAt,
  TOUCHED,
} from './pane-layout.ts';
import { StateMemory } from './state-memory.ts';
import { heatIndexSum, SUMS_WIDTH } from './sums.ts';
import { BLOCK_MINUTES, fineAt, SUMS_ROW, slotSumsAt } from './window-cache.ts';

test('numbers that are written out are those of the constants', () => {
  expect(hourOfMinute(HOUR_MINUTES * 5 + 59)).toBe(5);
  expect(pageOfHour(RING_HOURS * 3 + 4)).toBe(4);
  expect(slotInChunk(CHUNK_SLOTS * 2 + 9)).toBe((CHUNK_SLOTS * 2 + 9) & CHUNK_SLOT_MASK);
  expect(chunkOfSlot(CHUNK_SLOTS * 2 + 9)).toBe((CHUNK_SLOTS * 2 + 9) >> CHUNK_SHIFT);
  expect(slotPageAt(3, 9)).toBe(3 * CHUNK_SLOTS + 9);
  expect(paneAt(slotPageAt(3, 9), 17)).toBe((3 * HOUR_MINUTES + 17) * CHUNK_SLOTS + 9);
  expect(rowOfPane(paneAt(slotPageAt(3, 9), 17))).toBe(3 * HOUR_MINUTES + 17);
  expect(heatIndexSum(3, 5)).toBe(3 * HEAT_INDEX_UNIT + 5);
  expect(slotSumsAt(9)).toBe(9 * SUMS_WIDTH);
  expect(fineAt(4, 9)).toBe(4 * SUMS_ROW + 9 * SUMS_WIDTH);
  expect(HOUR_MINUTES % BLOCK_MINUTES).toBe(0);
});

test('a pane has 40 bytes, and the 64 of one minute lie side by side', () => {
  const chunk = new PaneChunk(new StateMemory());
  expect(chunk.bytes.length).toBe(RING_ROWS * CHUNK_SLOTS * PANE_BYTES);
  const row = 5 * HOUR_MINUTES + 7;
  for (let inChunk = 0; inChunk < CHUNK_SLOTS; inChunk++) {
    const pane = paneAt(slotPageAt(5, inChunk), 7);
    chunk.clear(pane, 0xffff);
    chunk.addHeatIndex(pane, 1.5, -1);
    chunk.addCount(pane);
  }
  expect(chunk.bytes.subarray(0, row * ROW_BYTES).every((byte) => byte === 0)).toBe(true);
  expect(chunk.bytes.subarray((row + 1) * ROW_BYTES).every((byte) => byte === 0)).toBe(true);
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

const panes = new PaneChunk(new StateMemory());

function extremes(values: readonly number[]): readonly [number, number] {
  return [Math.min(...values), Math.max(...values)];
}
