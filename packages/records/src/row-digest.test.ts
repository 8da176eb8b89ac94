import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MISSING_DIGEST, rowDigestHigh, rowDigestLow, textDigest, valueDigest, withSensor } from './row-digest.ts';

const time = fc.integer({ min: 0, max: 4e12 });
const value = fc.double();

describe('The digest of a row', () => {
  it('is the same for the same row', () => {
    fc.assert(
      fc.property(fc.string(), time, value, value, value, (city, observedMs, a, b, c) => {
        expect(digest(city, observedMs, a, b, c)).toEqual(digest(city, observedMs, a, b, c));
      }),
    );
  });

  it('differs when any field differs', () => {
    const row = ['a', 1_750_000_000_000, 20, 40, 3] as const;
    const others: Parameters<typeof digest>[] = [
      ['b', 1_750_000_000_000, 20, 40, 3],
      ['a', 1_750_000_000_001, 20, 40, 3],
      ['a', 1_750_000_000_000 + 2 ** 32, 20, 40, 3],
      ['a', 1_750_000_000_000, 20.01, 40, 3],
      ['a', 1_750_000_000_000, 20.001, 40, 3],
      ['a', 1_750_000_000_000, Number.NaN, 40, 3],
      ['a', 1_750_000_000_000, 40, 20, 3],
      ['a', 1_750_000_000_000, 20, 40, 0],
    ];
    for (const other of others) expect(digest(...other)).not.toEqual(digest(...row));
  });

  it('differs when the sensor differs, or is there at all', () => {
    const words = ['', 's', 't', 's ', 'S'].map((sensor) => {
      const city = textDigest('a');
      if (sensor === '') return city.join();
      const [low, high] = textDigest(sensor);
      return [withSensor(city[0], low), withSensor(city[1], high)].join();
    });
    expect(new Set(words).size).toBe(words.length);
  });

  it('spreads neighbouring rows over both words', () => {
    const seen = new Set<string>();
    for (let city = 0; city < 200; city += 1) {
      for (let second = 0; second < 100; second += 1) {
        seen.add(digest(String(city), 1_750_000_000_000 + 1000 * second, 20, 40, 3).join());
      }
    }
    expect(seen.size).toBe(20_000);
  });

  it('tells a missing value from every measured one', () => {
    fc.assert(fc.property(value, (measured) => void expect(valueDigest(measured)).not.toBe(MISSING_DIGEST)));
  });
});

function digest(city: string, observedMs: number, temperature: number, humidity: number, wind: number): number[] {
  const [low, high] = textDigest(city);
  const [a, b, c] = [valueDigest(temperature), valueDigest(humidity), valueDigest(wind)];
  return [rowDigestLow(low, observedMs, a, b, c), rowDigestHigh(high, observedMs, a, b, c)];
}
