import { createPartitionState } from '@isotherm/domain';
import { createRecordReader, encodeObservations } from '@isotherm/records';

/** Stands in for the simulation in tests: a few promises about batches that are sent again. Exit code 1 if one is broken. */
const STAMP_MS = Date.UTC(2025, 5, 15);
const state = createPartitionState({
  partition: 0,
  settings: {
    formula: 'NWS',
    outOfOrdernessMs: 5_000,
    allowedLatenessMs: 3_600_000,
    riskCelsius: [27, 32, 39, 52],
    maxCitiesPerPartition: 10,
  },
});
const reader = createRecordReader();

function send(sequence: number, temperature: number, ageMs = 0): void {
  const producer = { id: 'feed', session: 1n, sequence, createdAtMs: STAMP_MS - ageMs };
  const rows = [{ cityId: '1', observedMs: STAMP_MS - sequence, temperature }];
  state.apply(
    state.appliedOffset,
    reader.decode(encodeObservations({ stampMs: STAMP_MS, slices: [{ producer, rows }] })),
  );
}

send(1, 20);
send(2, 21);
send(1, 20);
send(2, 99);
send(3, 22, 2 * 3_600_000);
const { applied, duplicate, dead } = state.counters;
const kinds = state.exceptions(state.appliedOffset).map(({ kind }) => kind);
const seen = JSON.stringify([applied, duplicate, dead, kinds]);
if (seen !== '[2,1,2,["duplicate","sequenceConflict","batchExpired"]]') {
  process.stdout.write(`A promise is broken: ${seen}\n`);
  process.exitCode = 1;
}
