import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { apparentTemperatureCelsius } from './apparent-temperature.ts';
import { dewPointCelsius, relativeHumidityPercent } from './dew-point.ts';
import { heatIndexCelsius } from './heat-index.ts';
import { humidex } from './humidex.ts';
import vectors from './index-vectors.json' with { type: 'json' };
import { SpeedUnit, speedFrom } from './speed-unit.ts';
import { celsiusToFahrenheit, fahrenheitToCelsius } from './temperature-unit.ts';
import { wetBulbCelsius } from './wet-bulb.ts';
import { windChillCelsius } from './wind-chill.ts';

const mph = (value: number) => speedFrom(value, SpeedUnit.MILES_PER_HOUR);

/** Whole degrees come from charts of the °F equation, whose coefficients are rounded differently. */
const windChillTolerance = (expected: number) => (Number.isInteger(expected) ? 0.6 : 1e-6);

describe('wind chill', () => {
  it.each(vectors.metpy_windchill_F_mph)('at %d °F and %d mph is %d °F', (t = 0, wind = 0, expected = 0) => {
    const chill = celsiusToFahrenheit(windChillCelsius(fahrenheitToCelsius(t), mph(wind)));
    expect(Math.abs(chill - expected)).toBeLessThanOrEqual(windChillTolerance(expected));
  });

  it('is not defined above 10 °C, at 3 mph or without a value', () => {
    expect(windChillCelsius(10.01, 10)).toBeNaN();
    expect(windChillCelsius(10, 10)).not.toBeNaN();
    expect(windChillCelsius(0, mph(3))).toBeNaN();
    expect(windChillCelsius(0, mph(3.01))).not.toBeNaN();
    expect(windChillCelsius(Number.NaN, 10)).toBeNaN();
    expect(windChillCelsius(0, Number.NaN)).toBeNaN();
  });
});

describe('apparent temperature', () => {
  // The reference masks readings where neither index applies, null; here as there without the mask it is the temperature.
  const cases = vectors.metpy_apparent_F_rh_mph.map(
    ([t, rh, wind, expected]) =>
      [
        Number(t),
        Number(rh),
        Number(wind),
        expected === null ? Number(t) : Number.parseFloat(String(expected)),
      ] as const,
  );
  it.each(cases)('at %d °F, %d % and %d mph is %d °F', (t, rh, wind, expected) => {
    const apparent = apparentTemperatureCelsius(heatIndexCelsius('NWS'), {
      tempCelsius: fahrenheitToCelsius(t),
      humidityPercent: rh,
      windMps: mph(wind),
    });
    expect(celsiusToFahrenheit(apparent)).toBeCloseTo(expected, 6);
  });

  it('uses the heat index from exactly 80 °F on, and does without missing values', () => {
    const at = (tempCelsius: number, humidityPercent: number, windMps: number) =>
      apparentTemperatureCelsius(heatIndexCelsius('NWS'), { tempCelsius, humidityPercent, windMps });
    const eighty = fahrenheitToCelsius(80);
    expect(at(eighty, 90, 1)).toBe(heatIndexCelsius('NWS')(eighty, 90));
    expect(at(35, Number.NaN, 1)).toBe(35);
    expect(at(-5, 50, Number.NaN)).toBe(-5);
    expect(at(Number.NaN, 50, 3)).toBeNaN();
  });
});

describe('dew point', () => {
  // The reference takes the saturation pressure of Ambaum (2020) before Bolton's inversion: 0.006 °C lower here.
  it.each(vectors.metpy_dewpoint)('at %d °C and %d % is %d °C', (t = 0, rh = 0, expected = 0) => {
    expect(Math.abs(dewPointCelsius(t, rh) - expected)).toBeLessThan(0.006);
    expect(dewPointCelsius(t, rh)).toBeCloseTo(0.0536760815, 9);
  });

  it('is the temperature in saturated air and gives the humidity back', () => {
    expect(dewPointCelsius(21.5, 100)).toBeCloseTo(21.5, 9);
    fc.assert(
      fc.property(
        fc.double({ min: -60, max: 55, noNaN: true }),
        fc.double({ min: 0.5, max: 100, noNaN: true }),
        (t, rh) => {
          expect(relativeHumidityPercent(t, dewPointCelsius(t, rh))).toBeCloseTo(rh, 6);
        },
      ),
    );
  });

  it('is not defined in perfectly dry air, and humidity never passes 100 %', () => {
    expect(dewPointCelsius(20, 0)).toBeNaN();
    expect(dewPointCelsius(20, Number.NaN)).toBeNaN();
    expect(relativeHumidityPercent(20, 22)).toBe(100);
  });
});

it('humidex of 30 °C with a dew point of 15 °C is 34, as in the table of Environment Canada', () => {
  expect(Math.round(humidex(30, 15))).toBe(34);
});

it('wet bulb of 20 °C at 50 % is 13.7 °C, the worked example of Stull', () => {
  expect(wetBulbCelsius(20, 50)).toBeCloseTo(13.7, 1);
});
