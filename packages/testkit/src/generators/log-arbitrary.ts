import fc from 'fast-check';
import type {
  ReferenceProducer,
  ReferenceRecord,
  ReferenceRow,
  ReferenceSlice,
} from '../reference/reference-record.ts';
import { type ValueOptions, valuesArbitrary } from './row-arbitrary.ts';

const SECOND_MS = 1000;
const MINUTE_MS = 60_000;
const HOUR_MS = 3_600_000;

/** What the log should hold. */
export interface LogArbitraryOptions extends ValueOptions {
  /** Cities to choose from. Default a few numeric ids and a name. */
  readonly cityIds?: readonly string[];
  /** Producers, besides rows without one: pairs of them have the same id and session, of two tenants. Default 2. */
  readonly producers?: number;
  /** Steps at most; a step is a batch, its retry, a tick or a removal. Default 60. */
  readonly maxSteps?: number;
  /** Whether cities are removed now and then. Default false. */
  readonly removals?: boolean;
  /** Where the log begins. Default 2024-06-30T21:58:30Z, so that hours and a day pass. */
  readonly startMs?: number;
}

type Step =
  | {
      readonly kind: 'batch';
      readonly producer: number;
      readonly skipSequences: number;
      readonly ageMs: number;
      readonly rows: readonly { readonly city: number; readonly lagMs: number; readonly values: Values }[];
    }
  | { readonly kind: 'retry'; readonly back: number; readonly reversed: boolean }
  | { readonly kind: 'conflict'; readonly back: number; readonly values: Values }
  | { readonly kind: 'tick' }
  | { readonly kind: 'removal'; readonly city: number };

type Values = Pick<ReferenceRow, 'temperature' | 'humidity' | 'wind'>;

/**
 * Logs as a hard day makes them: batches of several producers and of none, out of order, late, from the future, across
 * hours; retries verbatim and reordered, near and far behind; sequences used again for other content; batches past their
 * retry time; ticks; stamps that step back.
 */
export function logArbitrary(options: LogArbitraryOptions = {}): fc.Arbitrary<readonly ReferenceRecord[]> {
  const { cityIds = ['1796236', '5128581', '42', 'Zürich/Nord'], producers = 2, maxSteps = 60 } = options;
  const startMs = options.startMs ?? Date.UTC(2024, 5, 30, 21, 58, 30);
  const timed = fc.record({
    step: stepArbitrary(cityIds.length, producers, options),
    advanceMs: fc.oneof(
      { weight: 6, arbitrary: fc.integer({ min: 0, max: 20 * SECOND_MS }) },
      { weight: 2, arbitrary: fc.integer({ min: 0, max: 10 * MINUTE_MS }) },
      { weight: 1, arbitrary: fc.integer({ min: 0, max: 3 * HOUR_MS }) },
      { weight: 1, arbitrary: fc.integer({ min: -2 * SECOND_MS, max: 0 }) },
    ),
    /** Whether the slice joins the record before, if that holds observations; no time passes then. */
    joins: fc.boolean(),
  });
  return fc.array(timed, { minLength: 1, maxLength: maxSteps, size: 'max' }).map((steps) => {
    const log = createLogWriter(cityIds, startMs);
    for (const { step, advanceMs, joins } of steps) log.write(step, advanceMs, joins);
    return log.records;
  });
}

function stepArbitrary(cities: number, producers: number, options: LogArbitraryOptions): fc.Arbitrary<Step> {
  const values = valuesArbitrary(options);
  const city = fc.nat({ max: cities - 1 });
  const lagMs = fc.oneof(
    { weight: 6, arbitrary: fc.integer({ min: 0, max: 30 * SECOND_MS }) },
    { weight: 3, arbitrary: fc.integer({ min: 0, max: 40 * MINUTE_MS }) },
    { weight: 1, arbitrary: fc.integer({ min: 50 * MINUTE_MS, max: 4 * HOUR_MS }) },
    { weight: 1, arbitrary: fc.integer({ min: -5 * MINUTE_MS, max: 0 }) },
  );
  const batch = fc.record({
    kind: fc.constant('batch' as const),
    producer: fc.integer({ min: -1, max: producers - 1 }),
    skipSequences: fc.oneof(
      { weight: 8, arbitrary: fc.constant(0) },
      { weight: 1, arbitrary: fc.nat({ max: 3 }) },
      { weight: 1, arbitrary: fc.nat({ max: 80 }) },
    ),
    ageMs: fc.oneof({ weight: 12, arbitrary: fc.nat({ max: 10_000 }) }, fc.nat({ max: 2 * HOUR_MS })),
    rows: fc.array(fc.record({ city, lagMs, values }), { minLength: 1, maxLength: 12 }),
  });
  const back = fc.oneof({ weight: 3, arbitrary: fc.nat({ max: 3 }) }, fc.nat({ max: 40 }));
  const steps: { weight: number; arbitrary: fc.Arbitrary<Step> }[] = [
    { weight: 12, arbitrary: batch },
    { weight: 4, arbitrary: fc.record({ kind: fc.constant('retry' as const), back, reversed: fc.boolean() }) },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant('conflict' as const), back, values }) },
    { weight: 2, arbitrary: fc.constant({ kind: 'tick' as const }) },
  ];
  if (options.removals === true) {
    steps.push({ weight: 1, arbitrary: fc.record({ kind: fc.constant('removal' as const), city }) });
  }
  return fc.oneof(...steps);
}

/** Plays the producers, and the ingest that stamps what they send. */
function createLogWriter(cityIds: readonly string[], startMs: number) {
  const records: ReferenceRecord[] = [];
  const sent: ReferenceSlice[] = [];
  const nextSequence = new Map<number, number>();
  let nowMs = startMs;

  const canJoin = (): boolean => {
    const last = records.at(-1);
    return last?.kind === 'observations' && last.appendMs === nowMs;
  };
  const append = (slice: ReferenceSlice, joins: boolean): void => {
    const last = records.at(-1);
    if (joins && last?.kind === 'observations')
      records[records.length - 1] = { ...last, slices: [...last.slices, slice] };
    else records.push({ kind: 'observations', appendMs: nowMs, slices: [slice] });
  };
  const nthLast = (back: number): ReferenceSlice | undefined => sent.at(-1 - back);

  const producerOf = (step: Extract<Step, { kind: 'batch' }>): ReferenceProducer | undefined => {
    if (step.producer < 0) return undefined;
    const sequence = (nextSequence.get(step.producer) ?? 0) + step.skipSequences;
    nextSequence.set(step.producer, sequence + 1);
    return { id: `producer-${step.producer >> 1}`, session: 7n, sequence, createdAtMs: nowMs - step.ageMs };
  };

  return {
    records: records as readonly ReferenceRecord[],
    write(step: Step, advanceMs: number, wantsToJoin: boolean): void {
      const joins = wantsToJoin && canJoin();
      if (!joins) nowMs += advanceMs;
      switch (step.kind) {
        case 'tick':
          records.push({ kind: 'tick', appendMs: nowMs });
          return;
        case 'removal':
          records.push({ kind: 'cityRemoved', appendMs: nowMs, cityId: cityIds[step.city]! });
          return;
        case 'batch': {
          const rows = step.rows.map(({ city, lagMs, values }) => ({
            cityId: cityIds[city]!,
            observedMs: nowMs - lagMs,
            ...values,
          }));
          const producer = producerOf(step);
          const tenant = `tenant-${step.producer & 1}`;
          const slice = producer === undefined ? { tenant, rows } : { tenant, producer, rows };
          if (producer !== undefined) sent.push(slice);
          append(slice, joins);
          return;
        }
        case 'retry': {
          const slice = nthLast(step.back);
          if (slice !== undefined) append(step.reversed ? { ...slice, rows: [...slice.rows].reverse() } : slice, joins);
          return;
        }
        case 'conflict': {
          const slice = nthLast(step.back);
          if (slice === undefined) return;
          const [first, ...rest] = slice.rows;
          append(
            { ...slice, rows: [{ ...first!, ...step.values, observedMs: first!.observedMs + 1 }, ...rest] },
            joins,
          );
          return;
        }
      }
    },
  };
}
