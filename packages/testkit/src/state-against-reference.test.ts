import { createPartitionState, type PartitionState } from '@isotherm/domain';
import { createRecordReader, type ResultSettings } from '@isotherm/records';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { logArbitrary } from './generators/log-arbitrary.ts';
import { encodeReferenceRecord } from './reference/encode-reference-record.ts';
import { referenceModel } from './reference/reference-model.ts';
import type { ReferenceRecord } from './reference/reference-record.ts';
import { expectedRow, type StoredRow, storedRowAt } from './reference/stored-row.ts';
import { TEST_SETTINGS } from './test-settings.ts';

/** Plays a log into a state, storing rows as a shard would: now and then, in small batches, some of them failing. */
function play(log: readonly ReferenceRecord[], formula: ResultSettings['formula'], storeEvery: number) {
  const state = createPartitionState({ partition: 0, settings: { ...TEST_SETTINGS, formula } });
  const reader = createRecordReader();
  const stored = new Map<string, StoredRow>();
  log.forEach((record, offset) => {
    const bytes = encodeReferenceRecord(record);
    while (!state.apply({ offset, appendMs: record.appendMs }, reader.decode(bytes)))
      store(state, stored, { includeOpen: true, failures: 0 });
    if (offset % storeEvery === 0) store(state, stored, { includeOpen: offset % 2 === 0, failures: 1 });
  });
  store(state, stored, { includeOpen: true, failures: 0 });
  return { state, stored };
}

function store(
  state: PartitionState,
  stored: Map<string, StoredRow>,
  { includeOpen, failures }: { includeOpen: boolean; failures: number },
): void {
  let failuresLeft = failures;
  for (;;) {
    const pending = state.takeRows(7, { includeOpen });
    if (pending === undefined) return;
    if (failuresLeft-- > 0) {
      pending.failed();
      continue;
    }
    for (let i = 0; i < pending.rows.rowCount; i++) {
      stored.set(
        `${pending.rows.cityIds[pending.rows.city[i]!]} ${pending.rows.minute[i]}`,
        storedRowAt(pending.rows, i),
      );
    }
    pending.stored();
  }
}

/** A batch past its retry time does not count, but why may be forgotten: as a duplicate, a conflict or an expired one. */
function ageless(records: readonly ReferenceRecord[], offset: number, slice: number, kind: string): string {
  const record = records[offset]!;
  if (record.kind !== 'observations' || kind === 'late') return kind;
  const logTimeMs = Math.max(...records.slice(0, offset + 1).map(({ appendMs }) => appendMs));
  const createdAtMs = record.slices[slice]?.producer?.createdAtMs ?? logTimeMs;
  return logTimeMs - createdAtMs > 3_600_000 ? 'past its retry time' : kind;
}

describe("a partition's state on any log", () => {
  const log = fc.oneof(logArbitrary(), logArbitrary({ wide: false, cityIds: ['7', 'b'], maxSteps: 90 }));
  const formula = fc.constantFrom('NWS' as const, 'ROTHFUSZ' as const);

  it('stores the rows and rolling values of the reference model, to the last digit', () => {
    fc.assert(
      fc.property(log, formula, fc.integer({ min: 1, max: 9 }), (records, name, storeEvery) => {
        const reference = referenceModel(records, { formula: name });
        const { stored } = play(records, name, storeEvery);
        const expected = new Map<string, StoredRow>();
        for (const cityId of reference.cityIds) {
          for (const minute of reference.minutes(cityId)) {
            expected.set(`${cityId} ${minute}`, expectedRow(reference, cityId, minute));
          }
        }
        expect(stored).toEqual(expected);
      }),
      { numRuns: 40 },
    );
  });

  it('gives the same outcome on every slice and row, and the same counts', () => {
    fc.assert(
      fc.property(log, (records) => {
        const reference = referenceModel(records);
        const { state } = play(records, 'NWS', 3);
        const { applied, duplicate, dead, stored } = state.counters;
        expect(applied).toBe(reference.counters.applied);
        expect(duplicate + dead).toBe(reference.counters.duplicate + reference.counters.dead);
        expect(stored).toBe(applied);
        const said = state
          .exceptions(records.length)
          .map(({ offset, kind, slice, row }) => `${offset}/${slice}/${row} ${ageless(records, offset, slice, kind)}`);
        const meant = reference.slices.flatMap((outcomes, offset) =>
          outcomes.flatMap((outcome, slice) =>
            outcome === 'fresh' ? [] : [`${offset}/${slice}/-1 ${ageless(records, offset, slice, outcome)}`],
          ),
        );
        for (const { record, slice, row } of reference.late) {
          const entry = records[record]!;
          const before = entry.kind === 'observations' ? entry.slices.slice(0, slice) : [];
          const rowsBefore = before.reduce((sum, { rows }) => sum + rows.length, 0);
          meant.push(`${record}/${slice}/${rowsBefore + row} late`);
        }
        expect(said.sort()).toEqual(meant.sort());
      }),
      { numRuns: 40 },
    );
  });

  it('shows the newest observation, watermark and rolling means of the reference model', () => {
    fc.assert(
      fc.property(log, (records) => {
        const reference = referenceModel(records);
        const { state } = play(records, 'NWS', 4);
        expect(state.logTimeMs).toBe(reference.logTimeMs);
        for (const cityId of reference.cityIds) {
          const slot = state.slotOf(cityId)!;
          const snapshot = state.snapshot(slot);
          const newest = reference.newest(cityId)!;
          expect(snapshot.observedMs).toBe(newest.observedMs);
          expect(snapshot.watermarkMs).toBe(reference.watermarkMs(cityId));
          expect(snapshot.temperatureCelsius + 0).toBe((newest.temperature ?? Number.NaN) + 0);
          const newestMinute = reference.minutes(cityId).at(-1)!;
          for (const width of [5, 60, 1440]) {
            const expected = reference.rolling(cityId, newestMinute, width);
            const actual = state.rolling(slot, width);
            expect(actual.count).toBe(expected.count);
            expect(actual.heatIndex.count).toBe(expected.heatIndex.count);
            if (expected.heatIndex.count === 0) continue;
            const scale = Math.max(1, Math.abs(expected.heatIndex.mean));
            expect(Math.abs(actual.heatIndex.mean - expected.heatIndex.mean) / scale).toBeLessThan(1e-9);
          }
        }
      }),
      { numRuns: 40 },
    );
  });
});
