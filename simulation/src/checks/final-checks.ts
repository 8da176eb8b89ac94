import { type PartitionState, retryOf } from '@isotherm/domain';
import { partitionOf } from '@isotherm/placement';
import { createRecordReader } from '@isotherm/records';
import { type BatchOutcome, expectedRow, type ReferenceResult, referenceModel } from '@isotherm/testkit';
import type { FinalRows } from '../fakes/store-tables.ts';
import type { World } from '../world/world.ts';
import type { LedgerBatch } from './ledger.ts';
import type { HistoryRecord } from './log-history.ts';
import { DAMAGED, observationAsSent, type PlainRecord, plainRecord } from './plain-record.ts';

/** Compares everything with the reference model and the ledger, once all is quiet. */
export function checkEverything(world: World, states: readonly PartitionState[]): void {
  const logs = world.history.records.map(decodeAll);
  checkLedger(world, logs);
  checkReplays(world, logs);
  const references = logs.map((records) =>
    referenceModel(
      records.map(({ reference }) => reference),
      { allowedLatenessMs: world.layout.allowedLatenessMs },
    ),
  );
  for (const state of states) checkState(world, state, references[state.partition]!);
  checkMinutes(world, references);
  checkRecords(world, logs, references);
}

function decodeAll(records: readonly HistoryRecord[]): PlainRecord[] {
  const reader = createRecordReader();
  return records.map(({ bytes, appendMs }) => {
    try {
      return plainRecord(reader.decode(bytes), appendMs, observationAsSent);
    } catch {
      return DAMAGED;
    }
  });
}

/** A replay brings back what its letter says, to the last digit. */
function checkReplays({ violations }: World, logs: readonly (readonly PlainRecord[])[]): void {
  const rowsOf = ({ accepted, rejected }: PlainRecord) => [
    ...accepted.flat().map(({ sent }) => sent),
    ...rejected.map(({ sent }) => sent),
  ];
  logs.forEach((records, partition) => {
    for (const record of records) {
      const rows = rowsOf(record);
      record.letters?.forEach(({ offset, row }, i) => {
        const said = records[offset] === undefined ? undefined : rowsOf(records[offset])[row];
        const what = () => `letter ${partition}/${offset}/${row}: ${said}, replayed as ${rows[i]}`;
        violations.expect(said === rows[i], 'a replay says what its letter said', what);
      });
    }
  });
}

/** acked ⊆ kept ⊆ sent, in whole slices; and of each batch at most one copy counts. */
function checkLedger({ ledger, violations, layout }: World, logs: readonly (readonly PlainRecord[])[]): void {
  const sent = new Map<string, LedgerBatch[]>();
  for (const batch of ledger.batches) {
    const key = keyOf(batch.producerId, batch.session, batch.sequence);
    sent.set(key, [...(sent.get(key) ?? []), batch]);
  }
  const kept = new Map<string, Set<string>>();
  logs.forEach((records, partition) => {
    for (const { slices } of records) {
      for (const { producer, rows } of slices) {
        if (producer === undefined) continue;
        const key = keyOf(producer.id, producer.session, producer.sequence);
        const contents = rows.join(';');
        const matches = (sent.get(key) ?? []).some(
          (batch) => sliceOf(batch, partition, layout.partitionCount) === contents,
        );
        violations.expect(
          matches,
          'kept is what was sent, in whole slices',
          () => `${key} in partition ${partition}: ${contents}`,
        );
        const place = `${key}/${partition}`;
        kept.set(place, (kept.get(place) ?? new Set()).add(contents));
      }
    }
  });
  for (const batch of ledger.batches) {
    if (!batch.acked) continue;
    const key = keyOf(batch.producerId, batch.session, batch.sequence);
    for (let partition = 0; partition < layout.partitionCount; partition++) {
      const slice = sliceOf(batch, partition, layout.partitionCount);
      if (slice === '') continue;
      const found = kept.get(`${key}/${partition}`)?.has(slice) === true;
      violations.expect(found, 'what is acked is kept', () => `${key} in partition ${partition}: ${slice}`);
    }
    batch.readToken?.partitions.forEach((partition, i) => {
      const record = logs[partition]?.[Number(batch.readToken!.offsets[i])];
      const holds = record?.slices.some(
        ({ producer }) => producer !== undefined && keyOf(producer.id, producer.session, producer.sequence) === key,
      );
      violations.expect(holds === true, 'a read token names the record of its batch', () => `${key} in ${partition}`);
    });
  }
}

function keyOf(producerId: string, session: bigint, sequence: number): string {
  return `${producerId}/${session}/${sequence}`;
}

/** The rows of a batch in a partition as text, in an order of their own. */
function sliceOf({ rows }: LedgerBatch, partition: number, partitionCount: number): string {
  return rows
    .filter(({ cityId }) => partitionOf(cityId, partitionCount) === partition)
    .map((row) =>
      JSON.stringify([
        row.cityId,
        Number(row.observeTime),
        row.temperatureCelsius ?? null,
        row.relativeHumidityPercent ?? null,
        row.windSpeedMps ?? null,
        row.sensorId ?? '',
      ]),
    )
    .sort()
    .join(';');
}

function checkState({ violations }: World, state: PartitionState, reference: ReferenceResult): void {
  const said = state.counters;
  const { applied, duplicate, dead } = reference.counters;
  const same = (rule: string, found: unknown, wanted: unknown) =>
    violations.expect(
      JSON.stringify(found) === JSON.stringify(wanted),
      rule,
      () => `partition ${state.partition}: ${JSON.stringify(found)}, the model says ${JSON.stringify(wanted)}`,
    );
  same('observations counted once', said.applied, applied);
  same(
    'every observation is applied, a duplicate or a dead letter',
    said.duplicate + said.dead + said.rejected,
    duplicate + dead,
  );
  same('all that is applied is stored', said.stored, applied);
  for (const cityId of reference.cityIds) {
    const slot = state.slotOf(cityId);
    const newest = reference.newest(cityId);
    if (newest === undefined || slot === undefined) {
      same('a city with observations has a state', slot === undefined, newest === undefined);
      continue;
    }
    const snapshot = state.snapshot(slot);
    same(
      'the newest observation',
      [snapshot.observedMs, snapshot.watermarkMs],
      [newest.observedMs, reference.watermarkMs(cityId)],
    );
    same('the newest temperature', snapshot.temperatureCelsius + 0, (newest.temperature ?? Number.NaN) + 0);
    const lastMinute = reference.minutes(cityId).at(-1)!;
    for (const width of [5, 60, 1440]) {
      same(
        `observations of ${width} min`,
        state.rolling(slot, width).count,
        reference.rolling(cityId, lastMinute, width).count,
      );
    }
  }
}

function checkMinutes(world: World, references: readonly ReferenceResult[]): void {
  const wanted = new Map<string, string>();
  for (const reference of references) {
    for (const cityId of reference.cityIds) {
      for (const minute of reference.minutes(cityId)) {
        wanted.set(`${cityId} ${minute}`, JSON.stringify(expectedRow(reference, cityId, minute)));
      }
    }
  }
  compare(world, 'minute rows', world.tables.minutes(), wanted);
}

/** Raw rows and dead letters: every row of the log is in one of the two, unless its slice is a duplicate. */
function checkRecords(
  world: World,
  logs: readonly (readonly PlainRecord[])[],
  references: readonly ReferenceResult[],
): void {
  const raw = new Map<string, string>();
  const dead = new Map<string, string>();
  const outcomes = new Map<string, string>();
  logs.forEach((records, partition) => {
    const reference = references[partition]!;
    const late = new Set(reference.late.map(({ record, slice, row }) => `${record}/${slice}/${row}`));
    const skipped = new Set(reference.replayed.map(({ record, slice, row }) => `${record}/${slice}/${row}`));
    records.forEach((record, offset) => {
      const { bytes, appendMs } = world.history.records[partition]![offset]!;
      let at = 0;
      const letter = (reason: number | undefined, sent: string, slice: number) => {
        const [cityId, observedMs] = JSON.parse(sent) as [string, number | null];
        const producer = record.slices[slice]?.producer?.id ?? '';
        return letterContent({ reason: reason ?? 0, cityId, observedMs, producer, appendMs, sent });
      };
      if (record.poison) {
        const rows = record.accepted.flatMap((slice, s) => slice.map(({ sent }) => letter(POISON, sent, s)));
        if (record === DAMAGED) rows.push(damagedContent(bytes, appendMs));
        rows.forEach((content, row) => void dead.set(`${partition}/${offset}/${row}`, content));
        return;
      }
      const outcome = (reason: number | undefined) => noteOutcome(outcomes, { partition, record, at, reason });
      record.accepted.forEach((slice, s) => {
        const sliceOutcome = reference.slices[offset]![s];
        slice.forEach((row, r) => {
          const place = `${offset}/${s}/${r}`;
          const key = `${partition}/${offset}/${at}`;
          const reason =
            sliceOutcome === 'fresh' ? (late.has(place) ? REASONS.late : undefined) : REASONS[sliceOutcome ?? 'late'];
          if (sliceOutcome !== 'duplicate' && !skipped.has(place)) {
            if (reason === undefined) raw.set(key, row.raw);
            if (record.letters !== undefined) outcome(reason);
            else if (reason !== undefined) dead.set(key, letter(reason, row.sent, s));
          }
          at += 1;
        });
      });
      for (const rejected of record.rejected) {
        const counted = reference.slices[offset]![rejected.slice] !== 'duplicate';
        if (counted && record.letters !== undefined) outcome(rejected.reason);
        else if (counted)
          dead.set(`${partition}/${offset}/${at}`, letter(rejected.reason, rejected.sent, rejected.slice));
        at += 1;
      }
    });
  });
  if (world.layout.storeRaw) compare(world, 'raw rows', world.tables.observations(), raw);
  compare(world, 'dead letters', world.tables.deadLetters(), dead);
  compare(world, 'outcomes', world.tables.outcomes(), outcomes);
}

/** What a dead letter says, as text. */
function letterContent(of: {
  readonly reason: number;
  readonly cityId: string;
  readonly observedMs: number | null;
  readonly producer: string;
  readonly appendMs: number;
  readonly sent: string;
}): string {
  return JSON.stringify([of.reason, of.cityId, of.observedMs, of.producer, of.appendMs, of.sent]);
}

/** The letter of a record that cannot be read: its bytes as they are. */
function damagedContent(bytes: Uint8Array, appendMs: number): string {
  return JSON.stringify([POISON, '', null, '', appendMs, Buffer.from(bytes).toString('hex')]);
}

/** DeadLetterReason of isotherm.deadletter.v1. */
const POISON = 14;
const REASONS: Readonly<Record<BatchOutcome | 'late', number | undefined>> = {
  fresh: undefined,
  duplicate: undefined,
  late: 10,
  sequenceConflict: 11,
  batchExpired: 12,
};

/** What a replay made of the letter of its row `at`; later ones outrank it. */
function noteOutcome(
  outcomes: Map<string, string>,
  of: {
    readonly partition: number;
    readonly record: PlainRecord;
    readonly at: number;
    readonly reason: number | undefined;
  },
): void {
  const { partition, record, at, reason = 0 } = of;
  const letter = record.letters![at]!;
  const failed = reason === 0 ? 'replayed' : retryOf({ reason, attempts: letter.attempt, atMs: 0 }).state;
  const key = `${partition}/${letter.offset}/${letter.row}`;
  // A letter that counted is done with, whatever a later replay of it meets.
  if (outcomes.get(key)?.startsWith('["replayed"') !== true) {
    outcomes.set(key, JSON.stringify([failed, letter.attempt, reason]));
  }
}

function compare({ violations }: World, what: string, found: FinalRows, wanted: FinalRows): void {
  for (const [key, content] of wanted) {
    violations.expect(found.has(key), `no ${what} are lost`, () => `${key}: ${content}`);
    violations.expect(
      found.get(key) === undefined || found.get(key) === content,
      `${what} equal the model`,
      () => `${key}: ${found.get(key)}, the model says ${content}`,
    );
  }
  for (const [key, content] of found)
    violations.expect(wanted.has(key), `no ${what} too many`, () => `${key}: ${content}`);
}
