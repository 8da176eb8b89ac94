import { expect } from 'vitest';
import type { PartitionState } from '../partition-state.ts';
import type { NaiveModel } from './naive-model.ts';
import type { RowStore, StoredRow } from './row-store.ts';

const HEAT_INDEX_UNIT = 2 ** 30;
const WINDOWS = [
  ['rolling5m', 5],
  ['rolling1h', 60],
  ['rolling24h', 1440],
] as const;
const METRICS = [
  ['heatIndex', 'heatIndex', HEAT_INDEX_UNIT, 1e-9],
  ['temperature', 't', 100, 0.005],
  ['humidity', 'h', 100, 0.005],
  ['wind', 'w', 100, 0.005],
] as const;

/** Demands that stored rows are exactly those of the model: same keys, same counts, means within the promised error. */
export function expectRowsEqualNaive(store: RowStore, model: NaiveModel): void {
  const keys = [...model.cities.keys()].flatMap((city) =>
    [...model.minutes(city)].map((minute) => `${city}@${minute}`),
  );
  expect([...store.rows.keys()].sort()).toEqual(keys.sort());
  for (const [key, row] of store.rows) {
    const [city, minute] = key.split('@') as [string, string];
    expectRowEqualsNaive(row, model, city, Number(minute));
  }
}

function expectRowEqualsNaive(row: StoredRow, model: NaiveModel, city: string, minute: number): void {
  expect(row.count).toBe(model.count(city, minute, minute));
  for (const [name, key, unit, tolerance] of METRICS) {
    const wanted = model.metric(city, key, { from: minute, to: minute });
    const found = row.metrics[name];
    expect(found.count, `${name} of ${city}@${minute}`).toBe(wanted.count);
    if (wanted.count === 0) continue;
    expectClose(found.sum / unit / found.count, wanted.mean, tolerance);
    expectClose(found.min / 100, wanted.min, 0.005);
    expectClose(found.max / 100, wanted.max, 0.005);
  }
  for (const [name, minutes] of WINDOWS) {
    const window = { from: minute - minutes, to: minute };
    const found = row.rolling[name];
    const heatIndex = model.metric(city, 'heatIndex', window);
    expect(found.heatIndexCount, `${name} of ${city}@${minute}`).toBe(heatIndex.count);
    if (heatIndex.count > 0) {
      expectClose(found.heatIndexSum / HEAT_INDEX_UNIT / heatIndex.count, heatIndex.mean, 1e-9);
    }
    const temperature = model.metric(city, 't', window);
    expect(found.temperatureCount).toBe(temperature.count);
    if (temperature.count > 0) expectClose(found.temperatureSum / 100 / temperature.count, temperature.mean, 0.005);
  }
}

/** Demands that hot reads of rolling windows are those of the model. */
export function expectWindowsEqualNaive(state: PartitionState, model: NaiveModel): void {
  for (const city of model.cities.keys()) {
    const slot = state.slotOf(city)!;
    const newest = Math.max(...model.minutes(city));
    for (const [, minutes] of WINDOWS) {
      const found = state.rolling(slot, minutes);
      const window = { from: newest - minutes, to: newest };
      expect(found.count).toBe(model.count(city, window.from, window.to));
      for (const [name, key, , tolerance] of METRICS) {
        const wanted = model.metric(city, key, window);
        expect(found[name].count).toBe(wanted.count);
        if (wanted.count === 0) continue;
        expectClose(found[name].mean, wanted.mean, tolerance);
        expectClose(found[name].min, wanted.min, 0.005);
        expectClose(found[name].max, wanted.max, 0.005);
      }
    }
  }
}

/** Within the tolerance, or within 1e-9 of the greater value: what float64 sums of the model lose themselves. */
function expectClose(found: number, wanted: number, tolerance: number): void {
  const slack = tolerance + 1e-9 * Math.abs(wanted);
  if (!(Math.abs(found - wanted) <= slack)) expect(found, `within ${slack}`).toBe(wanted);
}
