import { expect, it } from 'vitest';
import { createForecaster, type Forecaster } from './forecaster.ts';

const FIRST = 490_000;
const LEADS = [1, 3, 6, 12, 24];
const course = (hour: number) => 22 + 5 * Math.sin((2 * Math.PI * hour) / 24) + Math.sin(hour / 7);

function tell(
  forecaster: Forecaster,
  hours: readonly [from: number, to: number],
  temperature: (hour: number) => number,
) {
  for (let h = hours[0]; h < hours[1]; h++) forecaster.hourCompleted(0, FIRST + h, temperature(h), 60, 3);
}

const widths = (forecaster: Forecaster) =>
  forecaster.forecast(0, LEADS).map(({ highCelsius, lowCelsius }) => highCelsius - lowCelsius);

it('one impossible hour leaves the forecast where it was', () => {
  const [clean, struck] = [createForecaster(), createForecaster()];
  for (const forecaster of [clean, struck]) tell(forecaster, [0, 400], course);
  tell(struck, [400, 401], () => 59.5);
  clean.hourCompleted(0, FIRST + 400, Number.NaN, Number.NaN, Number.NaN);
  expect(struck.forecast(0, LEADS)).toEqual(clean.forecast(0, LEADS));
});

it('days of other units give forecasts within what was measured, and no wide intervals for weeks', () => {
  const forecaster = createForecaster();
  tell(forecaster, [0, 600], course);
  const before = widths(forecaster);
  tell(forecaster, [600, 648], (hour) => Math.min(59, course(hour) * 1.8 + 32));
  for (const { temperatureCelsius } of forecaster.forecast(0, LEADS)) expect(temperatureCelsius).toBeLessThan(69.1);
  tell(forecaster, [648, 648 + 7 * 24], course);
  widths(forecaster).forEach((width, i) => void expect(width).toBeLessThan(before[i]! * 2 + 2));
  forecaster.forecast(0, LEADS).forEach(({ temperatureCelsius, leadHours }) => {
    expect(Math.abs(temperatureCelsius - course(648 + 7 * 24 - 1 + leadHours))).toBeLessThan(4);
  });
});

it('a real change of weather is believed at its third hour', () => {
  const forecaster = createForecaster();
  tell(forecaster, [0, 400], course);
  tell(forecaster, [400, 402], (hour) => course(hour) - 18);
  expect(forecaster.issuedMs(0)).toBe((FIRST + 400) * 3_600_000);
  tell(forecaster, [402, 403], (hour) => course(hour) - 18);
  expect(forecaster.issuedMs(0)).toBe((FIRST + 403) * 3_600_000);
});
