import fc from 'fast-check';
import { expect, it } from 'vitest';
import { SpeedUnit, speedFrom, speedIn } from './speed-unit.ts';
import {
  celsiusToKelvin,
  kelvinToCelsius,
  TemperatureUnit,
  temperatureDifferenceIn,
  temperatureFrom,
  temperatureIn,
} from './temperature-unit.ts';

it('temperatures convert by their definitions', () => {
  expect(temperatureIn(100, TemperatureUnit.FAHRENHEIT)).toBe(212);
  expect(temperatureIn(0, TemperatureUnit.KELVIN)).toBe(273.15);
  expect(temperatureIn(21.5, TemperatureUnit.CELSIUS)).toBe(21.5);
  expect(temperatureIn(-40, TemperatureUnit.FAHRENHEIT)).toBe(-40);
  expect(kelvinToCelsius(celsiusToKelvin(10))).toBeCloseTo(10, 12);
});

it('differences of temperatures are scaled and not shifted', () => {
  expect(temperatureDifferenceIn(1, TemperatureUnit.FAHRENHEIT)).toBe(1.8);
  expect(temperatureDifferenceIn(1, TemperatureUnit.KELVIN)).toBe(1);
});

it('speeds convert by their definitions', () => {
  expect(speedIn(10, SpeedUnit.KILOMETERS_PER_HOUR)).toBe(36);
  expect(speedIn(1852 / 3600, SpeedUnit.KNOTS)).toBe(1);
  expect(speedIn(0.44704, SpeedUnit.MILES_PER_HOUR)).toBeCloseTo(1, 12);
  expect(speedIn(7.7, SpeedUnit.METERS_PER_SECOND)).toBe(7.7);
});

it('every unit gives back what went in', () => {
  fc.assert(
    fc.property(fc.double({ min: -100, max: 100, noNaN: true }), (value) => {
      for (const unit of Object.values(TemperatureUnit)) {
        expect(temperatureFrom(temperatureIn(value, unit), unit)).toBeCloseTo(value, 9);
      }
      for (const unit of Object.values(SpeedUnit)) expect(speedFrom(speedIn(value, unit), unit)).toBeCloseTo(value, 9);
    }),
  );
});
