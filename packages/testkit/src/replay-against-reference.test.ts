import { createPartitionState, type PartitionState, restorePartitionState } from '@isotherm/domain';
import { createRecordReader } from '@isotherm/records';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { replayLogArbitrary } from './generators/replay-log-arbitrary.ts';
import { encodeReferenceRecord } from './reference/encode-reference-record.ts';
import { referenceModel } from './reference/reference-model.ts';
import type { ReferenceRecord } from './reference/reference-record.ts';
import { expectedRow, type StoredRow, storedRowAt } from './reference/stored-row.ts';
import { TEST_SETTINGS } from './test-settings.ts';

const OPTIONS = { partition: 0, settings: TEST_SETTINGS };

/** What a shard does besides applying, by chance: after each record one of these. */
const action = fc.constantFrom(
  'nothing',
  'store',
  'store',
  'storeOpen',
  'take',
  'stored',
  'failed',
  'delta',
  'full',
  'crash',
);
type Action = typeof action extends fc.Arbitrary<infer A> ? A : never;

/** A shard over a log, its store and its checkpoints. */
class Shard {
  state: PartitionState = createPartitionState(OPTIONS);
  /** As a ReplacingMergeTree: of two rows with one key the greater version stays. */
  readonly store = new Map<string, { readonly version: number; readonly row: StoredRow }>();
  readonly #reader = createRecordReader();
  readonly #log: readonly { readonly bytes: Uint8Array; readonly appendMs: number }[];
  #pending: ReturnType<PartitionState['takeRows']>;
  #segments: Uint8Array[] = [];

  constructor(records: readonly ReferenceRecord[]) {
    this.#log = records.map((record) => ({ bytes: encodeReferenceRecord(record), appendMs: record.appendMs }));
  }

  /** Applies the next record; false at the end of the log. */
  next(): boolean {
    const offset = this.state.appliedOffset;
    const entry = this.#log[offset];
    if (entry === undefined) return false;
    const { bytes, appendMs } = entry;
    while (!this.state.apply({ offset, appendMs }, this.#reader.decode(bytes))) this.drain();
    return true;
  }

  act(what: Action): void {
    switch (what) {
      case 'nothing':
        return;
      case 'store':
      case 'storeOpen':
        this.#settle(true);
        this.#take(what === 'storeOpen');
        this.#settle(true);
        return;
      case 'take':
        this.#take(true);
        return;
      case 'stored':
      case 'failed':
        this.#settle(what === 'stored');
        return;
      case 'delta':
      case 'full': {
        const kind = this.#segments.length === 0 ? 'full' : what;
        if (kind === 'full') this.#segments = [];
        this.#segments.push(this.state.takeSegment(kind));
        return;
      }
      case 'crash':
        this.#pending = undefined;
        this.state =
          this.#segments.length === 0
            ? createPartitionState(OPTIONS)
            : restorePartitionState({ ...OPTIONS, segments: this.#segments }).state;
    }
  }

  /** Stores all there is. */
  drain(): void {
    this.#settle(true);
    while (this.#take(true)) this.#settle(true);
  }

  #take(includeOpen: boolean): boolean {
    if (this.#pending !== undefined) return true;
    this.#pending = this.state.takeRows(7, { includeOpen });
    // Rows count as written when they are taken: a store that applies an insert and then fails.
    if (this.#pending !== undefined) this.#write(this.#pending.rows);
    return this.#pending !== undefined;
  }

  #settle(stored: boolean): void {
    if (stored) this.#pending?.stored();
    else this.#pending?.failed();
    this.#pending = undefined;
  }

  #write(rows: NonNullable<ReturnType<PartitionState['takeRows']>>['rows']): void {
    const keys = new Set<string>();
    for (let i = 0; i < rows.rowCount; i++) {
      const key = `${rows.cityIds[rows.city[i]!]} ${rows.minute[i]}`;
      if (keys.has(key)) throw new Error(`one batch holds ${key} twice, under one version`);
      keys.add(key);
      const before = this.store.get(key);
      const row = storedRowAt(rows, i);
      if (before === undefined || before.version < rows.appliedOffset)
        this.store.set(key, { version: rows.appliedOffset, row });
      else if (before.version === rows.appliedOffset) expect(row).toEqual(before.row);
    }
  }
}

function play(records: readonly ReferenceRecord[], actions: readonly Action[]): Shard {
  const shard = new Shard(records);
  for (const what of actions) {
    shard.next();
    shard.act(what);
  }
  while (shard.next());
  shard.drain();
  return shard;
}

describe("a partition's state on any log with replays", () => {
  const actions = fc.array(action, { maxLength: 80, size: 'max' });

  it('stores the rows of the reference model to the last digit, and what cannot be told as missing, whatever breaks', () => {
    let [backfilled, lost, replays] = [0, 0, 0];
    fc.assert(
      fc.property(replayLogArbitrary(), actions, (records, what) => {
        const reference = referenceModel(records);
        const { store, state } = play(records, what);
        const expected = new Map<string, StoredRow>();
        for (const cityId of reference.cityIds) {
          for (const minute of reference.minutes(cityId)) {
            expected.set(`${cityId} ${minute}`, expectedRow(reference, cityId, minute));
            if (reference.isLost(cityId, minute, 1440)) lost++;
          }
        }
        expect(new Map([...store].map(([key, { row }]) => [key, row]))).toEqual(expected);
        const { applied, duplicate, dead, stored } = state.counters;
        expect({ applied, duplicate, dead }).toEqual(reference.counters);
        expect(stored).toBe(applied);
        expect(state.rowsPending).toBe(0);
        expect(state.storedOffset).toBe(state.appliedOffset);
        const plain = records.filter((record) => record.kind !== 'observations' || record.replay === undefined);
        backfilled += reference.counters.applied - referenceModel(plain).counters.applied;
        replays += reference.replayed.length;
      }),
      { numRuns: 40 },
    );
    // The logs do hold what this is about.
    expect(backfilled).toBeGreaterThan(100);
    expect(lost).toBeGreaterThan(100);
    expect(replays).toBeGreaterThan(40);
  });

  it('gives the same outcome on every row', () => {
    fc.assert(
      fc.property(replayLogArbitrary(), (records) => {
        const { late, replayed } = referenceModel(records);
        const { state } = play(records, []);
        const said = state
          .exceptions(records.length)
          .filter(({ kind }) => kind !== 'replay')
          .map(({ offset, kind, row }) => `${offset}/${row} ${kind}`);
        const meant = [
          ...late.map(({ record, row }) => `${record}/${row} late`),
          ...replayed.map(({ record, row }) => `${record}/${row} replayed`),
        ];
        expect(said.sort()).toEqual(meant.sort());
      }),
      { numRuns: 30 },
    );
  });

  it('shows the newest observation and rolling means of the reference model', () => {
    fc.assert(
      fc.property(replayLogArbitrary(), actions, (records, what) => {
        const reference = referenceModel(records);
        const { state } = play(records, what);
        for (const cityId of reference.cityIds) {
          const slot = state.slotOf(cityId)!;
          expect(state.snapshot(slot).observedMs).toBe(reference.newest(cityId)!.observedMs);
          for (const width of [5, 60, 1440]) {
            const expected = reference.rolling(cityId, reference.minutes(cityId).at(-1)!, width);
            expect(state.rolling(slot, width).count).toBe(expected.count);
          }
        }
      }),
      { numRuns: 30 },
    );
  });
});
