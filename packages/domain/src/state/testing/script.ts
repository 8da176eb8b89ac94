import type { ResultSettings } from '@isotherm/records';
import fc from 'fast-check';
import type { TestRow } from './observations-record.ts';

/** A step of a partition's life, as random tests play it. */
export type Step =
  | { readonly kind: 'rows'; readonly appendMs: number; readonly rows: readonly TestRow[]; readonly wide: boolean }
  | { readonly kind: 'tick'; readonly appendMs: number }
  | { readonly kind: 'take'; readonly maxRows: number; readonly includeOpen: boolean }
  | { readonly kind: 'settle'; readonly stored: boolean }
  | { readonly kind: 'segment' }
  | { readonly kind: 'restart' };

/** Settings of tests: the defaults. */
export const TEST_SETTINGS: ResultSettings = {
  formula: 'NWS',
  outOfOrdernessMs: 5_000,
  allowedLatenessMs: 3_600_000,
  riskCelsius: [(80 - 32) / 1.8, (90 - 32) / 1.8, (103 - 32) / 1.8, (125 - 32) / 1.8],
  maxCitiesPerPartition: 1_000,
  maxStateBytesPerPartition: 1 << 26,
};

/** 2024-06-01T00:00Z. */
export const TEST_EPOCH_MS = Date.UTC(2024, 5, 1);

const centi = (min: number, max: number) => fc.integer({ min: min * 100, max: max * 100 }).map((value) => value / 100);
const wide = (min: number, max: number) => fc.double({ min, max, noNaN: true });
const seldom = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { freq: 12, nil: undefined });

/** How a city's clock moves between two readings, in seconds: mostly a bit, at times back, at times hours or days. */
const clockStep = fc.oneof(
  { weight: 12, arbitrary: fc.integer({ min: 0, max: 90 }) },
  { weight: 6, arbitrary: fc.integer({ min: -400, max: 400 }) },
  { weight: 3, arbitrary: fc.integer({ min: -5_000, max: 4_000 }) },
  { weight: 2, arbitrary: fc.integer({ min: 3_000, max: 40_000 }) },
  { weight: 1, arbitrary: fc.integer({ min: 40_000, max: 400_000 }) },
);

interface RawRow {
  readonly city: number;
  readonly step: number;
  readonly t: number | undefined;
  readonly h: number | undefined;
  readonly w: number | undefined;
}

const rawRow = (value: typeof centi | typeof wide): fc.Arbitrary<RawRow> =>
  fc.record({
    city: fc.nat({ max: 3 }),
    step: clockStep,
    t: seldom(value(-60, 55)),
    h: seldom(value(0, 105)),
    w: seldom(value(0, 60)),
  });

/** A reading of a city, some time within three days of the epoch. */
export function rowArbitrary(city: string): fc.Arbitrary<TestRow> {
  const time = fc.oneof(fc.integer({ min: 0, max: 20_000 }), fc.integer({ min: 0, max: 260_000 }));
  return fc.tuple(rawRow(centi), time).map(([row, seconds]) => toRow(row, city, TEST_EPOCH_MS + seconds * 1000));
}

type RawStep =
  | { readonly kind: 'rows'; readonly wait: number; readonly wide: boolean; readonly rows: readonly RawRow[] }
  | { readonly kind: 'tick'; readonly wait: number }
  | Extract<Step, { readonly kind: 'take' | 'settle' | 'segment' | 'restart' }>;

const rawStep: fc.Arbitrary<RawStep> = fc.oneof(
  {
    weight: 12,
    arbitrary: fc.boolean().chain((isWide) =>
      fc.record({
        kind: fc.constant('rows' as const),
        wait: fc.nat({ max: 70_000 }),
        wide: fc.constant(isWide),
        rows: fc.array(rawRow(isWide ? wide : centi), { minLength: 1, maxLength: 12 }),
      }),
    ),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('tick' as const), wait: fc.nat({ max: 90_000 }) }) },
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant('take' as const),
      maxRows: fc.oneof(fc.integer({ min: 1, max: 6 }), fc.constant(1_000)),
      includeOpen: fc.boolean(),
    }),
  },
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('settle' as const), stored: fc.boolean() }) },
  { weight: 2, arbitrary: fc.constant({ kind: 'segment' as const }) },
  { weight: 1, arbitrary: fc.constant({ kind: 'restart' as const }) },
);

/** A random life of a partition of a few cities whose clocks differ by years. */
export const scriptArbitrary: fc.Arbitrary<readonly Step[]> = fc.array(rawStep, { maxLength: 60 }).map(place);

const CITIES = ['2950159', 'Überlingen am See', '7', '0042'] as const;

function place(steps: readonly RawStep[]): Step[] {
  let appendMs = TEST_EPOCH_MS;
  const clocks = [TEST_EPOCH_MS, TEST_EPOCH_MS - 11 * 365 * 86_400_000, TEST_EPOCH_MS, TEST_EPOCH_MS - 3_600_000];
  return steps.map((step): Step => {
    if (step.kind === 'tick' || step.kind === 'rows') appendMs += step.wait;
    if (step.kind === 'tick') return { kind: 'tick', appendMs };
    if (step.kind !== 'rows') return step;
    const rows = step.rows.map((row) => {
      const observedMs = clocks[row.city]! + row.step * 1000;
      clocks[row.city] = Math.max(clocks[row.city]!, observedMs);
      return toRow(row, CITIES[row.city]!, observedMs);
    });
    return { kind: 'rows', appendMs, rows, wide: step.wide };
  });
}

function toRow({ t, h, w }: RawRow, city: string, observedMs: number): TestRow {
  return {
    city,
    observedMs,
    ...(t === undefined ? {} : { t }),
    ...(h === undefined ? {} : { h }),
    ...(w === undefined ? {} : { w }),
  };
}
