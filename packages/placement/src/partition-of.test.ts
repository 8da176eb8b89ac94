import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { hash64 } from './hash64.ts';
import { partitionOf, partitionOfNumericId } from './partition-of.ts';

const csv = gunzipSync(readFileSync(new URL('../../../samples/cities.csv.gz', import.meta.url))).toString();
const cityIds = csv
  .trimEnd()
  .split('\n')
  .slice(1)
  .map((line) => line.slice(0, line.indexOf(',')));

describe('partition of a city', () => {
  it('is the upper half of its hash scaled to the number of partitions', () => {
    for (const id of ['1796236', 'Zürich', '東京', 'x'.repeat(300)]) {
      expect(partitionOf(id, 64)).toBe(Math.floor(hash64(id).high / 2 ** 26));
    }
    expect(partitionOf('1796236', 1)).toBe(0);
  });

  it('is the same for a numeric id as for its decimal string, asked once or again', () => {
    const id = fc.oneof(fc.nat(), fc.constantFrom(0, 9, 10, 99, 100, 2 ** 31 - 1, 2 ** 31, 2 ** 32 - 1));
    fc.assert(
      fc.property(id, fc.integer({ min: 1, max: 65_536 }), (number, count) => {
        const expected = partitionOf(String(number), count);
        expect(partitionOfNumericId(number, count)).toBe(expected);
        expect(partitionOfNumericId(number, count)).toBe(expected);
        expect(expected).toBeLessThan(count);
      }),
    );
    for (const city of cityIds) expect(partitionOfNumericId(Number(city), 256)).toBe(partitionOf(city, 256));
  });

  it.each([16, 64, 256, 1024])('spreads the catalogue over %d partitions as chance would', (count) => {
    const cities = new Array<number>(count).fill(0);
    for (const id of cityIds) cities[partitionOf(id, count)]! += 1;
    const mean = cityIds.length / count;
    const chiSquare = cities.reduce((sum, n) => sum + (n - mean) ** 2 / mean, 0);
    // Chi-square with count − 1 degrees of freedom: mean count − 1, deviation √(2·(count − 1)).
    expect(Math.abs(chiSquare - (count - 1))).toBeLessThan(4 * Math.sqrt(2 * (count - 1)));
    expect(Math.max(...cities)).toBeLessThan(mean + 5 * Math.sqrt(mean));
  });
});
