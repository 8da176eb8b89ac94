import { heatIndexCelsius } from '@isotherm/domain';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createForecaster, type Forecaster } from './forecaster.ts';

const HOUR_MS = 3_600_000;
const FIRST = 490_000;
const ALL_LEADS = Array.from({ length: 24 }, (_, i) => i + 1);

/** Tells a forecaster a day's course of temperature, repeated. */
function tellDays(forecaster: Forecaster, slot: number, days: number, course: (hour: number) => number): void {
  for (let h = 0; h < days * 24; h++) forecaster.hourCompleted(slot, FIRST + h, course(h), 60, 3);
}

describe('forecaster', () => {
  it('has nothing to say about a city without temperature', () => {
    const forecaster = createForecaster();
    expect(forecaster.forecast(3, [1])).toEqual([]);
    expect(forecaster.issuedMs(3)).toBeUndefined();
    forecaster.hourCompleted(3, FIRST, Number.NaN, 50, 2);
    expect(forecaster.forecast(3, [1])).toEqual([]);
  });

  it('says after the first hour that it stays as it is, with an interval that widens, and claims no skill', () => {
    const forecaster = createForecaster();
    forecaster.hourCompleted(0, FIRST, 30, 60, 2);
    const points = forecaster.forecast(0, [1, 6]);
    expect(points.map((point) => point.temperatureCelsius)).toEqual([30, 30]);
    expect(points.map((point) => point.model)).toEqual(['persistence', 'persistence']);
    expect(points.map((point) => [point.maeCelsius, point.skill])).toEqual([
      [undefined, undefined],
      [undefined, undefined],
    ]);
    const [near, far] = points;
    expect(far!.highCelsius - far!.lowCelsius).toBeGreaterThan(near!.highCelsius - near!.lowCelsius);
    expect(near!.heatIndexCelsius).toBeCloseTo(heatIndexCelsius('NWS')(30, 60), 4);
    expect(near!.level).toBe(0.9);
  });

  it('counts leads from the end of the last complete hour: lead 1 is the hour that begins there', () => {
    const forecaster = createForecaster();
    forecaster.hourCompleted(0, FIRST, 20, 50, 2);
    expect(forecaster.issuedMs(0)).toBe((FIRST + 1) * HOUR_MS);
    expect(forecaster.forecast(0, [1, 24]).map((point) => point.validMs)).toEqual([
      (FIRST + 1) * HOUR_MS,
      (FIRST + 24) * HOUR_MS,
    ]);
    expect(forecaster.forecast(0, [0, 25, 1.5])).toEqual([]);
  });

  it('follows days that repeat, with its error and skill', () => {
    const forecaster = createForecaster();
    tellDays(forecaster, 0, 4, (h) => 20 + 8 * Math.sin((2 * Math.PI * h) / 24));
    for (const point of forecaster.forecast(0, ALL_LEADS)) {
      const h = point.validMs / HOUR_MS - FIRST;
      expect(point.temperatureCelsius).toBeCloseTo(20 + 8 * Math.sin((2 * Math.PI * h) / 24), 4);
      if (point.leadHours > 2 && point.leadHours < 23) {
        expect(point.model).not.toBe('persistence');
        expect(point.maeCelsius).toBeCloseTo(0, 4);
        expect(point.skill).toBeCloseTo(1, 4);
      }
    }
  });

  it('leaves the heat index out without humidity', () => {
    const forecaster = createForecaster();
    forecaster.hourCompleted(0, FIRST, 20, Number.NaN, 2);
    expect(forecaster.forecast(0, [1])[0]?.heatIndexCelsius).toBeUndefined();
  });

  it('goes on across gaps: missing hours are neither forecast from nor held against it', () => {
    const forecaster = createForecaster();
    tellDays(forecaster, 0, 3, () => 15);
    forecaster.hourCompleted(0, FIRST + 72, Number.NaN, 50, 2);
    expect(forecaster.issuedMs(0)).toBe((FIRST + 72) * HOUR_MS);
    forecaster.hourCompleted(0, FIRST + 80, 40, 50, 2);
    const [point] = forecaster.forecast(0, [1]);
    expect(point?.temperatureCelsius).toBe(40);
    expect(point?.maeCelsius).toBeCloseTo(0, 9);
    forecaster.hourCompleted(0, FIRST + 200, Number.NaN, 50, 2);
    expect(forecaster.forecast(0, [1])).toEqual([]);
  });

  it('ignores an hour told twice or too late', () => {
    const forecaster = createForecaster();
    forecaster.hourCompleted(0, FIRST + 1, 10, 50, 2);
    forecaster.hourCompleted(0, FIRST + 1, 99, 50, 2);
    forecaster.hourCompleted(0, FIRST, 99, 50, 2);
    expect(forecaster.forecast(0, [1])[0]?.temperatureCelsius).toBe(10);
  });

  it('forgets a removed city, whose slot starts anew', () => {
    const forecaster = createForecaster({ capacity: 1 });
    tellDays(forecaster, 5, 3, () => 15);
    forecaster.cityRemoved(5);
    forecaster.cityRemoved(77);
    expect(forecaster.forecast(5, [1])).toEqual([]);
    forecaster.hourCompleted(5, FIRST, 3, 50, 2);
    expect(forecaster.forecast(5, [1])[0]).toMatchObject({ temperatureCelsius: 3, maeCelsius: undefined });
  });
});

describe('state of a forecaster', () => {
  const step = fc.record({
    slot: fc.nat({ max: 40 }),
    skip: fc.integer({ min: 1, max: 3 }),
    temperature: fc.oneof({ weight: 9, arbitrary: fc.integer({ min: -300, max: 450 }) }, fc.constant(Number.NaN)),
    removed: fc.integer({ min: 0, max: 30 }).map((n) => n === 0),
  });

  it('restored from a full state and deltas goes on as if nothing had happened', () => {
    fc.assert(
      fc.property(fc.array(fc.array(step, { maxLength: 60 }), { minLength: 2, maxLength: 4 }), (phases) => {
        const original = createForecaster({ capacity: 3 });
        const hours = new Map<number, number>();
        const tell = (forecasters: Forecaster[], steps: (typeof phases)[number]) => {
          for (const { slot, skip, temperature, removed } of steps) {
            const hour = (hours.get(slot) ?? FIRST) + skip;
            hours.set(slot, hour);
            for (const forecaster of forecasters) {
              if (removed) forecaster.cityRemoved(slot);
              else forecaster.hourCompleted(slot, hour, temperature / 10, 50, 2);
            }
          }
        };
        const states = phases.slice(1).map((steps, index) => {
          tell([original], steps);
          return original.takeState(index === 0 ? 'full' : 'delta');
        });
        const restored = createForecaster();
        tellDays(restored, 7, 1, () => 99);
        for (const state of states) restored.restoreState(state);
        tell([original, restored], phases[0]!);
        for (let slot = 0; slot <= 40; slot++) {
          expect(restored.forecast(slot, ALL_LEADS)).toEqual(original.forecast(slot, ALL_LEADS));
        }
        expect(restored.takeState()).toEqual(original.takeState());
      }),
      { numRuns: 30 },
    );
  });

  it('of other bytes is refused and changes nothing', () => {
    const forecaster = createForecaster();
    tellDays(forecaster, 0, 1, () => 12);
    const state = forecaster.takeState();
    const newer = state.slice();
    newer[4] = 99;
    for (const bad of [new Uint8Array(3), new Uint8Array(64), state.subarray(0, state.length - 8), newer]) {
      expect(() => forecaster.restoreState(bad)).toThrow(/Forecast state cannot be restored: .*forecasts learn anew/);
    }
    expect(forecaster.forecast(0, [1])[0]?.temperatureCelsius).toBe(12);
  });
});
