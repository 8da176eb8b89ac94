import { createPartitionState, type PartitionState } from '@isotherm/domain';
import {
  createRecordReader,
  encodeObservations,
  type ObservationsRecord,
  RecordFormatError,
  sealRecord,
} from '@isotherm/records';
import { accepted, type FuzzTarget, type Outcome, refused } from '../fuzz-target.ts';
import { drawn, NOW_MS } from './observation-grammar.ts';
import { exercise } from './record-target.ts';
import { RECORDS_BEFORE, replayRecord } from './replay-grammar.ts';
import { RESULT_SETTINGS } from './result-settings.ts';

/** What the panes of 64 cities take, with what goes with them. */
const CHUNK_BYTES = 8_000_000;
const BYTES_PER_CITY = 14;

/** Replays as records, applied twice to a partition with a past: the second time nothing counts. */
export const replayRecordTarget: FuzzTarget = {
  name: 'replay-record',
  reads: 'replays as records of the log, applied twice to a partition with readings and late ones',
  weight: 6,
  maxBytes: 8192,
  allowedBytes: (inputBytes) => (6 + inputBytes / BYTES_PER_CITY / 64) * CHUNK_BYTES,
  open() {
    const reader = createRecordReader();
    const past = createRecordReader();
    const records = pastRecords();
    return {
      seeds: drawn(replayRecord, 24),
      grammar: replayRecord,
      repair(bytes) {
        if (bytes.length >= 24) sealRecord(bytes);
      },
      run(input) {
        try {
          const record = reader.decode(input);
          if (record.kind !== 'observations' || record.replay === undefined)
            return refused(`no replay: ${record.kind}`);
          const state = createPartitionState({ partition: 0, settings: RESULT_SETTINGS });
          for (const [offset, bytes] of records.entries()) {
            state.apply({ offset, appendMs: NOW_MS - agoMsOf(offset) }, past.decode(bytes));
          }
          return appliedTwice(state, record);
        } catch (error) {
          if (error instanceof RecordFormatError) return refused(error.problem);
          throw error;
        }
      },
    };
  },
};

/** Readings of seven cities over a day, each followed by one that comes too late. */
function pastRecords(): Uint8Array[] {
  return Array.from({ length: RECORDS_BEFORE }, (_, offset) => {
    const agoMs = agoMsOf(offset);
    const rows = [0, 1, 2, 3, 4, 5, 6].flatMap((city) => [
      { cityId: String(city), observedMs: NOW_MS - agoMs, temperature: 20 + city },
      { cityId: String(city), observedMs: NOW_MS - agoMs - 4 * 3_600_000, temperature: 10 },
    ]);
    return encodeObservations({ slices: [{ rows }] });
  });
}

/** How long ago a record of the past was appended. */
function agoMsOf(offset: number): number {
  return (RECORDS_BEFORE - 1 - offset) * 3 * 3_600_000;
}

function appliedTwice(state: PartitionState, record: ObservationsRecord): Outcome {
  const before = { ...state.counters };
  try {
    state.apply({ offset: RECORDS_BEFORE, appendMs: NOW_MS }, record);
  } catch (error) {
    // Records are validated whole: one that makes no sense changes nothing.
    if (!(error instanceof RangeError) || /allocation|array length/i.test(error.message)) throw error;
    if (state.counters.applied !== before.applied) throw new Error(`A refused replay counted: ${error.message}`);
    return refused('makes no sense');
  }
  const once = { ...state.counters };
  const counted = once.applied - before.applied;
  const letters = new Set(
    Array.from(record.replay!.offset, (offset, index) => `${offset}/${record.replay!.row[index]}`),
  );
  if (counted > letters.size) throw new Error(`${counted} rows counted of ${letters.size} letters`);
  state.apply({ offset: RECORDS_BEFORE + 1, appendMs: NOW_MS }, record);
  if (state.counters.applied !== once.applied) {
    throw new Error(`${state.counters.applied - once.applied} rows counted a second time`);
  }
  exercise(state);
  const reached = [
    counted > 0 && 'counted',
    once.dead > before.dead && 'dead',
    once.duplicate > before.duplicate && 'twice in it',
    once.rejected > before.rejected && 'rejected',
  ].filter(Boolean);
  return accepted(reached.join('+') || 'nothing');
}
