import { expect, it } from 'vitest';
import { addReadings, noSums, sumsBySpan } from './expected-sums.ts';

it('adds up spans to the same as all seconds at once', () => {
  const all = addReadings(noSums(), 7, { from: 0, to: 1000 });
  const spans = [...sumsBySpan(7, { from: 0, to: 1000 }, 60).values()];
  expect(spans.length).toBe(17);
  const sum = (pick: (sums: (typeof spans)[number]) => number) => spans.reduce((total, span) => total + pick(span), 0);
  expect(sum(({ count }) => count)).toBe(all.count);
  expect(sum(({ temperatureCenti }) => temperatureCenti)).toBe(all.temperatureCenti);
  expect(sum(({ humidityCenti }) => humidityCenti)).toBe(all.humidityCenti);
  expect(sum(({ windCenti }) => windCenti)).toBe(all.windCenti);
  expect(Math.max(...spans.map((span) => span.temperatureMaxCenti))).toBe(all.temperatureMaxCenti);
  expect(sum(({ heatIndex }) => heatIndex)).toBeCloseTo(all.heatIndex, 6);
});
