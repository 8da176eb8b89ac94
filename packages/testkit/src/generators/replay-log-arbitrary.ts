import fc from 'fast-check';
import { referenceModel } from '../reference/reference-model.ts';
import type { ReferenceLetter, ReferenceRecord, ReferenceRow } from '../reference/reference-record.ts';
import { valuesArbitrary } from './row-arbitrary.ts';

const SECOND_MS = 1000;
const MINUTE_MS = 60_000;
const HOUR_MS = 3_600_000;

interface RowDraft {
  readonly city: number;
  readonly lagMs: number;
  readonly values: Pick<ReferenceRow, 'temperature' | 'humidity' | 'wind'>;
}

interface Step {
  readonly kind: 'batch' | 'replay' | 'tick';
  readonly advanceMs: number;
  readonly rows: readonly RowDraft[];
  /** Dead letters to replay, by place among those there are. */
  readonly picks: readonly number[];
}

/**
 * Logs over some days of a few cities with readings up to two days late, and replays of what was late: of one letter and
 * of many, again, together with letters of readings in time, which move a city on in the middle of a replay.
 */
export function replayLogArbitrary(): fc.Arbitrary<readonly ReferenceRecord[]> {
  const cityIds = ['7', 'b'];
  const lagMs = fc.oneof(
    { weight: 5, arbitrary: fc.integer({ min: 0, max: 2 * MINUTE_MS }) },
    { weight: 2, arbitrary: fc.integer({ min: 0, max: HOUR_MS }) },
    { weight: 4, arbitrary: fc.integer({ min: HOUR_MS, max: 9 * HOUR_MS }) },
    { weight: 3, arbitrary: fc.integer({ min: 9 * HOUR_MS, max: 30 * HOUR_MS }) },
    { weight: 1, arbitrary: fc.integer({ min: 30 * HOUR_MS, max: 60 * HOUR_MS }) },
  );
  const draft = fc.record({
    city: fc.nat({ max: cityIds.length - 1 }),
    lagMs,
    values: valuesArbitrary({ wide: false }),
  });
  const step = fc.record<Step>({
    kind: fc.oneof(
      { weight: 5, arbitrary: fc.constant('batch' as const) },
      { weight: 3, arbitrary: fc.constant('replay' as const) },
      { weight: 1, arbitrary: fc.constant('tick' as const) },
    ),
    advanceMs: fc.oneof(
      { weight: 4, arbitrary: fc.integer({ min: 0, max: 20 * SECOND_MS }) },
      { weight: 3, arbitrary: fc.integer({ min: 0, max: 20 * MINUTE_MS }) },
      { weight: 3, arbitrary: fc.integer({ min: 0, max: 4 * HOUR_MS }) },
      { weight: 1, arbitrary: fc.integer({ min: 4 * HOUR_MS, max: 30 * HOUR_MS }) },
    ),
    rows: fc.array(draft, { minLength: 1, maxLength: 8 }),
    picks: fc.array(fc.nat({ max: 40 }), { maxLength: 6 }),
  });
  return fc.array(step, { minLength: 1, maxLength: 40, size: 'max' }).map((steps) => {
    const records: ReferenceRecord[] = [];
    let nowMs = Date.UTC(2024, 5, 30, 21, 58, 30);
    for (const { kind, advanceMs, rows, picks } of steps) {
      nowMs += advanceMs;
      const made = rows.map(({ city, lagMs, values }) => ({
        cityId: cityIds[city]!,
        observedMs: nowMs - lagMs,
        ...values,
      }));
      if (kind === 'tick') records.push({ kind: 'tick', appendMs: nowMs });
      else if (kind === 'batch' || records.length === 0)
        records.push({ kind: 'observations', appendMs: nowMs, slices: [{ rows: made }] });
      else records.push(replayOf(records, nowMs, made.slice(0, picks.length / 2), picks));
    }
    return records;
  });
}

/** Dead letters, and some readings under ids of their own, the one after the other. */
function replayOf(
  records: readonly ReferenceRecord[],
  appendMs: number,
  others: readonly ReferenceRow[],
  picks: readonly number[],
): ReferenceRecord {
  const { late } = referenceModel(records);
  const rows: ReferenceRow[] = [];
  const replay: ReferenceLetter[] = [];
  picks.forEach((pick, index) => {
    const other = others[index];
    if (other !== undefined) {
      rows.push(other);
      replay.push({ offset: pick % records.length, row: 1_000 + (pick % 7) });
    }
    const letter = late[late.length - 1 - (pick % Math.max(1, late.length))];
    const source = letter === undefined ? undefined : records[letter.record];
    if (letter === undefined || source?.kind !== 'observations' || source.replay !== undefined) return;
    rows.push(source.slices[letter.slice]!.rows[letter.row]!);
    replay.push({ offset: letter.record, row: letter.row });
  });
  return { kind: 'observations', appendMs, slices: [{ rows }], replay };
}
