import { create, toBinary } from '@bufbuild/protobuf';
import { timestampFromMs } from '@bufbuild/protobuf/wkt';
import { ObservationSchema } from '@isotherm/contracts/ingest/v1/observation';
import type { Exception } from '@isotherm/domain';
import { encodeObservations, encodeTick, type ReplayInput } from '@isotherm/records';
import type { Prng } from '@isotherm/testkit';

/** A record of the log, and what must be stored of it: keys are `partition/offset/row`. */
export interface SinkRecord {
  /** Undefined where the log cannot read it. */
  readonly bytes: Uint8Array | undefined;
  readonly exceptions: readonly Exception[];
  readonly letters: ReadonlyMap<string, string>;
  readonly raw: ReadonlyMap<string, string>;
  /** By the letter's `partition/offset/row`. */
  readonly outcomes: ReadonlyMap<string, string>;
}

/** Delays between the tries of a letter; the product's are longer. */
export const RETRY_DELAYS_MS = [70, 900, 40];
/** RejectReason of isotherm.ingest.v1. */
const REASONS = { late: 10, sequenceConflict: 11, batchExpired: 12, tooManyCities: 8, poison: 14 } as const;
const PASSING = [3, 8, 14];
const STAMP_MS = Date.UTC(2026, 7, 1);

interface DrawnRow {
  readonly cityId: string;
  readonly observedMs: number;
  readonly temperature: number | undefined;
  readonly humidity: number | undefined;
  readonly wind: number | undefined;
  readonly sensorId?: string;
}

/** Draws the record at a place: readable or not, plain or a replay, with every fate that a row can have. */
export function drawSinkRecord(prng: Prng, partition: number, offset: number): SinkRecord {
  const kind = prng.float();
  const none = { letters: new Map(), raw: new Map(), outcomes: new Map() };
  const whole = { offset, slice: -1, row: -1 };
  const stampMs = STAMP_MS + offset * 100 + prng.below(100);
  if (kind < 0.1) {
    const poison: Exception = { ...whole, kind: 'poison', message: `because of ${offset}` };
    const isTick = kind < 0.03;
    const garbage = Uint8Array.from({ length: prng.below(30) }, () => prng.below(256));
    const bytes = isTick ? encodeTick({ stampMs }) : kind < 0.06 ? garbage : undefined;
    const hex = Buffer.from(bytes ?? []).toString('hex');
    const content = [REASONS.poison, poison.message, '', '', null, isTick ? stampMs : 0, hex];
    const letters = new Map([[`${partition}/${offset}/0`, JSON.stringify(content)]]);
    return { ...none, bytes, exceptions: [poison], letters };
  }
  if (kind < 0.2) return { ...none, bytes: encodeTick({ stampMs }), exceptions: [] };
  return drawObservations(prng, { partition, offset, stampMs, isReplay: offset > 0 && kind < 0.4 });
}

type Fate = 'counts' | 'nothing' | keyof typeof REASONS;

function drawObservations(
  prng: Prng,
  at: { readonly partition: number; readonly offset: number; readonly stampMs: number; readonly isReplay: boolean },
): SinkRecord {
  const { partition, offset, stampMs, isReplay } = at;
  const slices = Array.from({ length: 1 + prng.below(3) }, (_, i) => ({
    ...(prng.chance(0.7)
      ? { producer: { id: `p${prng.below(3)}`, session: 1n, sequence: i, createdAtMs: stampMs } }
      : {}),
    rows: Array.from({ length: prng.below(4) }, () => drawRow(prng, stampMs)),
    rejected: Array.from({ length: prng.chance(0.6) ? 0 : 1 + prng.below(2) }, () => drawRejected(prng, stampMs)),
  }));
  const rowCount = slices.reduce((sum, { rows }) => sum + rows.length, 0);
  const rejectedCount = slices.reduce((sum, { rejected }) => sum + rejected.length, 0);
  const isPoison = prng.chance(0.1);
  const exceptions: Exception[] = isReplay ? [{ offset, kind: 'replay', slice: -1, row: -1, message: '' }] : [];
  const fates: Fate[] = [];
  const rejectedFates: boolean[] = [];
  let row = 0;
  for (const [slice, { rows, rejected }] of slices.entries()) {
    const verdict = prng.pick(['fresh', 'fresh', 'fresh', 'duplicate', 'sequenceConflict', 'batchExpired'] as const);
    if (verdict !== 'fresh' && !isPoison) exceptions.push({ offset, kind: verdict, slice, row: -1, message: '' });
    for (const _ of rows) {
      let fate: Fate = verdict === 'fresh' ? 'counts' : verdict === 'duplicate' ? 'nothing' : verdict;
      const own = prng.pick(['', '', '', 'late', 'tooManyCities', isReplay ? 'replayed' : ''] as const);
      if (fate === 'counts' && own !== '' && !isPoison) {
        exceptions.push({ offset, kind: own, slice, row, message: '' });
        fate = own === 'replayed' ? 'nothing' : own;
      }
      fates.push(isPoison ? 'poison' : fate);
      row += 1;
    }
    for (const _ of rejected) rejectedFates.push(verdict !== 'duplicate' || isPoison);
  }
  if (isReplay && !isPoison) {
    // Rejected once more, though they count already.
    rejectedFates.forEach((fate, i) => {
      if (!fate || prng.chance(0.7)) return;
      exceptions.push({ offset, kind: 'replayed', slice: 0, row: rowCount + i, message: '' });
      rejectedFates[i] = false;
    });
  }
  if (isPoison) exceptions.splice(0, 9, { offset, kind: 'poison', slice: -1, row: -1, message: 'it broke' });
  else if (!isReplay && rejectedFates.includes(true)) {
    exceptions.push({ offset, kind: 'rejected', slice: -1, row: -1, message: '' });
  }
  const replay: ReplayInput[] = Array.from({ length: rowCount + rejectedCount }, () => ({
    offset: prng.below(Math.max(1, offset)),
    row: prng.below(3),
    attempt: 1 + prng.below(3),
    firstSeenMs: stampMs - 5,
  }));
  const letters = new Map<string, string>();
  const raw = new Map<string, string>();
  const outcomes = new Map<string, string>();
  const all = [
    ...slices.flatMap(({ producer, rows }) => rows.map((each) => ({ producer: producer?.id ?? '', ...each }))),
    ...slices.flatMap(({ producer, rejected }) => rejected.map((each) => ({ producer: producer?.id ?? '', ...each }))),
  ];
  all.forEach((one, r) => {
    const fate = r < rowCount ? fates[r]! : rejectedFates[r - rowCount] === true ? 'rejected' : 'nothing';
    const own = 'reason' in one ? one.reason : 0;
    const isRefused = fate !== 'nothing' && fate !== 'counts';
    // What cannot be replayed at all is told by why, whatever else was wrong with it.
    const reason = isPoison && isReplay ? REASONS.poison : fate === 'rejected' ? own : isRefused ? REASONS[fate] : 0;
    const content = [one.cityId, one.observedMs ?? null, ...valuesOf(one), one.sensorId ?? ''];
    if (fate === 'counts') raw.set(`${partition}/${offset}/${r}`, JSON.stringify([...content, stampMs]));
    if (!isReplay && isRefused) {
      const message = 'reason' in one ? one.message : isPoison ? 'it broke' : '';
      const what = [reason, message, one.cityId, one.producer, one.observedMs ?? null, stampMs, content];
      letters.set(`${partition}/${offset}/${r}`, JSON.stringify(what));
    }
    if (isReplay && fate !== 'nothing') noteOutcome(outcomes, replay[r]!, { ...at, reason });
  });
  const bytes = encodeObservations({ stampMs, slices, ...(isReplay ? { replay } : {}) });
  return { bytes, exceptions, letters, raw, outcomes };
}

function noteOutcome(
  outcomes: Map<string, string>,
  letter: ReplayInput,
  of: { readonly partition: number; readonly offset: number; readonly stampMs: number; readonly reason: number },
): void {
  const key = `${of.partition}/${letter.offset}/${letter.row}`;
  if (outcomes.get(key)?.includes('"replayed"') === true) return;
  const delayMs = PASSING.includes(of.reason) ? RETRY_DELAYS_MS[letter.attempt] : undefined;
  const state = of.reason === 0 ? 'replayed' : delayMs === undefined ? 'parked' : 'waiting';
  const dueMs = delayMs === undefined ? null : of.stampMs + delayMs;
  outcomes.set(key, JSON.stringify([of.offset, state, letter.attempt, dueMs, of.reason]));
}

function valuesOf(row: Pick<DrawnRow, 'temperature' | 'humidity' | 'wind'>): (number | null)[] {
  return [row.temperature ?? null, row.humidity ?? null, row.wind ?? null];
}

function drawRow(prng: Prng, stampMs: number): DrawnRow {
  const value = (): number | undefined => (prng.chance(0.3) ? undefined : prng.below(3_000) / 100);
  return {
    cityId: prng.pick(['42', '7', 'Zürich', 'b']),
    observedMs: stampMs - prng.below(10_000),
    temperature: value(),
    humidity: value(),
    wind: value(),
    ...(prng.chance(0.3) ? { sensorId: prng.pick(['s', 't']) } : {}),
  };
}

/** A row that was rejected on arrival: its time may be what was missing. */
function drawRejected(prng: Prng, stampMs: number) {
  const { observedMs: drawnMs, ...row } = drawRow(prng, stampMs);
  const observedMs = prng.chance(0.3) ? undefined : drawnMs;
  const observation = create(ObservationSchema, {
    cityId: row.cityId,
    sensorId: row.sensorId ?? '',
    ...(observedMs === undefined ? {} : { observedAt: timestampFromMs(observedMs) }),
    ...(row.temperature === undefined ? {} : { temperatureCelsius: row.temperature }),
    ...(row.humidity === undefined ? {} : { relativeHumidityPercent: row.humidity }),
    ...(row.wind === undefined ? {} : { windSpeedMps: row.wind }),
  });
  const reason = 1 + prng.below(9);
  const message = `rule ${reason}`;
  return { ...row, observedMs, batchRow: 0, reason, message, observation: toBinary(ObservationSchema, observation) };
}
