import fc from 'fast-check';
import type { ReferenceRow } from '../reference/reference-record.ts';

/** What kind of values to make. */
export interface ValueOptions {
  /** Also values with more than two decimals, which need float64 columns. Default true. */
  readonly wide?: boolean;
}

/** A number in [min, max] with two decimals, or now and then with many. */
function decimal(min: number, max: number, { wide = true }: ValueOptions): fc.Arbitrary<number> {
  const centi = fc.integer({ min: Math.ceil(min * 100), max: Math.floor(max * 100) }).map((value) => value / 100);
  if (!wide) return centi;
  return fc.oneof({ weight: 9, arbitrary: centi }, { weight: 1, arbitrary: fc.double({ min, max, noNaN: true }) });
}

/** A value that one time in ten was not measured. */
function sometimesMissing(value: fc.Arbitrary<number>): fc.Arbitrary<number | undefined> {
  return fc.oneof({ weight: 9, arbitrary: value }, { weight: 1, arbitrary: fc.constant(undefined) });
}

/** The values of an observation that ingest accepts: mostly weather as it is, the rest up to the limits. */
export function valuesArbitrary(
  options: ValueOptions = {},
): fc.Arbitrary<Pick<ReferenceRow, 'temperature' | 'humidity' | 'wind'>> {
  const temperature = fc.oneof(
    { weight: 8, arbitrary: decimal(-25, 48, options) },
    { weight: 1, arbitrary: decimal(-92.2, 59.7, options) },
    { weight: 1, arbitrary: fc.constantFrom(-92.2, -0.005, 0, 4.44, 26.67, 59.7) },
  );
  const humidity = fc.oneof(
    { weight: 8, arbitrary: decimal(5, 100, options) },
    { weight: 1, arbitrary: decimal(0, 105, options) },
    { weight: 1, arbitrary: fc.constantFrom(0, 13, 85, 100, 104.99, 105) },
  );
  return fc.record({
    temperature: sometimesMissing(options.wide === false ? temperature.map(round) : temperature),
    humidity: sometimesMissing(humidity),
    wind: sometimesMissing(fc.oneof({ weight: 9, arbitrary: decimal(0, 30, options) }, decimal(0, 113.3, options))),
  });
}

function round(value: number): number {
  return Math.trunc(value * 100) / 100;
}

/** A row that ingest must reject, with the field that is wrong. */
export interface BadRow {
  readonly field: 'cityId' | 'observedMs' | 'temperature' | 'humidity' | 'wind';
  readonly row: ReferenceRow;
}

/** Rows with one impossible field each, around a moment. */
export function badRowArbitrary(nowMs: number): fc.Arbitrary<BadRow> {
  const good = { cityId: '2657896', observedMs: nowMs, temperature: 21.5, humidity: 40, wind: 2 };
  const notNumbers = [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  const bad = <F extends BadRow['field']>(field: F, values: readonly ReferenceRow[F][]): fc.Arbitrary<BadRow> =>
    fc.constantFrom(...values).map((value) => ({ field, row: { ...good, [field]: value } }));
  return fc.oneof(
    bad('cityId', ['', 'x'.repeat(65), 'ü'.repeat(33), 'tab\there']),
    bad('observedMs', [0, Date.UTC(1970, 0, 2), Date.UTC(2120, 0, 1), nowMs + 301_000]),
    bad('temperature', [...notNumbers, -300, -92.3, 59.8, 1e308]),
    bad('humidity', [...notNumbers, -0.01, 105.01, 155]),
    bad('wind', [...notNumbers, -1, 113.4]),
  );
}
