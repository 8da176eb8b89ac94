import type { AnalyticsStore, DeadLetter, DeadLetterOutcome, RawRows } from '@isotherm/analytics';
import { observationAsSent } from '../checks/plain-record.ts';
import type { Drill } from './drill.ts';

/** What was stored, as text, by `partition/offset/row`. */
export interface Stored {
  readonly raw: Map<string, string>;
  readonly letters: Map<string, string>;
  readonly outcomes: Map<string, string>;
}

/** RejectReason of isotherm.ingest.v1: the record could not be applied. */
const POISON = 14;
/** What a letter's sentence ends with where the record says something itself. */
const DETAIL = /(rule \d+|because of \d+|it broke)$/;

/** Nothing yet. */
export function emptyStore(): Stored {
  return { raw: new Map(), letters: new Map(), outcomes: new Map() };
}

/** The part of an analytical store that a record sink writes to; `write` decides what becomes of so many rows. */
export function createSinkStore(
  stored: Stored,
  deps: {
    readonly incarnation: string;
    readonly same: Drill['same'];
    readonly write: (rows: number, keep: () => void) => Promise<void>;
  },
): AnalyticsStore {
  const { same, write } = deps;
  const store: Partial<AnalyticsStore> = {
    writeRawRows({ incarnation }, batches) {
      same('rows are of this log', incarnation, deps.incarnation);
      same('no batch is empty', batches.filter(({ rowCount }) => rowCount === 0).length, 0);
      // Columns are used again: what is stored is what they held when they were handed over.
      const rows = batches.flatMap(rowsOf);
      return write(rows.length, () => {
        for (const [key, content] of rows) stored.raw.set(key, content);
      });
    },
    writeDeadLetters(origin, letters) {
      same('letters are of this log', origin.incarnation, deps.incarnation);
      return write(letters.length, () => {
        for (const letter of letters) stored.letters.set(keyOf(letter), textOf(letter));
      });
    },
    writeDeadLetterOutcomes(origin, outcomes) {
      same('outcomes are of this log', origin.incarnation, deps.incarnation);
      return write(outcomes.length, () => {
        for (const outcome of outcomes) noteOutcome(stored.outcomes, outcome);
      });
    },
  };
  return store as AnalyticsStore;
}

function keyOf(of: { readonly partition: number; readonly offset: number; readonly row: number }): string {
  return `${of.partition}/${of.offset}/${of.row}`;
}

function rowsOf(rows: RawRows): (readonly [string, string])[] {
  const value = (column: Float64Array, i: number) => (Number.isNaN(column[i]!) ? null : column[i]!);
  return Array.from({ length: rows.rowCount }, (_, i) => {
    const content = [
      rows.cityIds[rows.city[i]!],
      rows.observedMs[i],
      value(rows.temperatureCelsius, i),
      value(rows.humidityPercent, i),
      value(rows.windMps, i),
      rows.sensorIds[rows.sensor[i]!],
      rows.stampMs[i],
    ];
    return [`${rows.partition}/${rows.offset[i]}/${rows.row[i]}`, JSON.stringify(content)];
  });
}

function textOf({ reason, message, cityId, producerId, observedMs, firstSeenMs, observation }: DeadLetter): string {
  const isPlain = cityId === '' && reason === POISON;
  const content = isPlain ? Buffer.from(observation).toString('hex') : JSON.parse(observationAsSent(observation));
  const detail = DETAIL.exec(message)?.[0] ?? '';
  return JSON.stringify([reason, detail, cityId, producerId, observedMs ?? null, firstSeenMs, content]);
}

/** Of two outcomes the later one counts. */
function noteOutcome(outcomes: Map<string, string>, outcome: DeadLetterOutcome): void {
  const { at, state, attempts, nextAttemptMs, reason } = outcome;
  const key = keyOf(outcome);
  const before = outcomes.get(key);
  if (before !== undefined && JSON.parse(before)[0] > at) return;
  outcomes.set(key, JSON.stringify([at, state, attempts, nextAttemptMs ?? null, reason]));
}
