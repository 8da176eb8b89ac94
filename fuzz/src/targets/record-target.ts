import { createPartitionState, type PartitionState, restorePartitionState } from '@isotherm/domain';
import {
  createRecordReader,
  encodeCityChange,
  encodeObservations,
  encodeTick,
  type LogRecord,
  RecordFormatError,
  sealRecord,
} from '@isotherm/records';
import { encodeReferenceRecord, logArbitrary } from '@isotherm/testkit';
import fc from 'fast-check';
import { accepted, type FuzzTarget, type Outcome, refused } from '../fuzz-target.ts';
import { NOW_MS } from './observation-grammar.ts';
import { RESULT_SETTINGS } from './result-settings.ts';

/** What the panes of 64 cities take, with what goes with them. */
const CHUNK_BYTES = 8_000_000;
/** Where the record stands in its log. */
const OFFSET = 8;
/** A city takes at least 14 bytes of a record. */
const BYTES_PER_CITY = 14;

/** Records of the log: decoded, applied to a state, and the state counted, read, written down and brought back. */
export const recordTarget: FuzzTarget = {
  name: 'log-record',
  reads: 'records of the log, as compute applies them',
  weight: 6,
  maxBytes: 8192,
  allowedBytes: (inputBytes) => (3 + inputBytes / BYTES_PER_CITY / 64) * CHUNK_BYTES,
  open() {
    const reader = createRecordReader();
    return {
      seeds: seeds(),
      grammar: logArbitrary({ maxSteps: 6 })
        .filter((records) => records.length > 0)
        .map((records) => encodeReferenceRecord(records.at(-1)!)),
      repair(bytes) {
        if (bytes.length >= 24) sealRecord(bytes);
      },
      run(input) {
        let record: LogRecord;
        try {
          record = reader.decode(input);
        } catch (error) {
          if (error instanceof RecordFormatError) return refused(error.problem);
          throw error;
        }
        return applied(record);
      },
    };
  },
};

function applied(record: LogRecord): Outcome {
  const state = createPartitionState({ partition: 0, settings: RESULT_SETTINGS });
  // A replay names letters of records before it.
  state.skip(OFFSET - 1, 'damaged');
  try {
    if (!state.apply({ offset: OFFSET, appendMs: NOW_MS }, record))
      throw new Error('An empty state has no room for a record');
  } catch (error) {
    // Records are validated whole: one that makes no sense changes nothing.
    if (!(error instanceof RangeError) || /allocation|array length/i.test(error.message)) throw error;
    if (state.appliedOffset !== OFFSET || state.cityCount !== 0 || state.logTimeMs > 0) {
      throw new Error(`A refused record changed the state: ${error.message}`);
    }
    return refused('makes no sense');
  }
  if (record.kind === 'observations') requireSum(state, record.rowCount);
  exercise(state);
  const { dead, rejected, duplicate } = state.counters;
  return accepted(
    [record.kind, dead > 0 && 'dead', rejected > 0 && 'rejected', duplicate > 0 && 'duplicate']
      .filter(Boolean)
      .join('+'),
  );
}

/** Every accepted row is applied, dead or a duplicate. */
function requireSum(state: PartitionState, rows: number): void {
  const { applied: counted, dead, duplicate } = state.counters;
  if (counted + dead + duplicate !== rows) {
    throw new Error(`${counted} applied + ${dead} dead + ${duplicate} duplicate of ${rows} rows`);
  }
}

/** Whatever was applied can be read, stored, written down and brought back as it is. */
export function exercise(state: PartitionState): void {
  for (let slot = 0; slot < Math.min(state.slotCount, 4); slot += 1) {
    if (state.cityIdOf(slot) === '') continue;
    state.snapshot(slot);
    for (const minutes of [0, 5, 60, 1440]) state.rolling(slot, minutes);
  }
  state.takeRows(1000, { includeOpen: true })?.stored();
  state.exceptions(state.appliedOffset);
  state.producers();
  const segment = state.takeSegment('full');
  const restored = restorePartitionState({
    partition: state.partition,
    settings: RESULT_SETTINGS,
    segments: [segment],
  }).state;
  const again = restored.takeSegment('full');
  if (Buffer.compare(segment, again) !== 0) throw new Error('A state brought back is not the state written down');
  if (restored.storedOffset !== state.storedOffset) throw new Error('A state brought back has stored something else');
}

function seeds(): Uint8Array[] {
  const producer = { id: 'feed', session: 9n, sequence: 4, createdAtMs: NOW_MS };
  const rejected = { batchRow: 2, reason: 4, message: 'too hot', observation: Uint8Array.of(1, 2) };
  const rows = [
    { cityId: '7', observedMs: NOW_MS, temperature: 20, humidity: 40, wind: 3 },
    { cityId: 'named', observedMs: NOW_MS + 1, wind: 1.234, sensorId: 's' },
    { cityId: '7', observedMs: NOW_MS - 60_000, temperature: 31.5 },
  ];
  const logs = fc.sample(logArbitrary({ maxSteps: 12 }), { numRuns: 12, seed: 7 });
  return [
    encodeObservations({
      slices: [{ producer, rows, rejected: [rejected] }, { rows: rows.slice(0, 1) }],
    }),
    encodeObservations({
      slices: [
        { producer, rows },
        { producer, rows },
      ],
    }),
    encodeObservations({ slices: [{ rows: [{ cityId: '8', observedMs: 0, humidity: 50 }] }] }),
    encodeObservations({
      slices: [{ rows: rows.slice(0, 2), rejected: [rejected] }],
      replay: [1, 2, 3].map((offset) => ({ offset, row: 0, attempt: 1, firstSeenMs: NOW_MS })),
    }),
    encodeTick(),
    encodeCityChange({ cityId: 'x', change: 'upserted', city: Uint8Array.of(9) }),
    encodeCityChange({ cityId: '7', change: 'removed', city: new Uint8Array() }),
    ...logs.map((records) => encodeReferenceRecord(records.at(-1)!)),
  ];
}
