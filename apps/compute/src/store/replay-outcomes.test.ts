import { DeadLetterReason } from '@isotherm/contracts/deadletter/v1/dead_letter_service';
import { createPartitionState, DEFAULT_RESULT_SETTINGS, PASSING_REASONS, type PartitionState } from '@isotherm/domain';
import { createRecordReader, encodeObservations, type ReplayInput } from '@isotherm/records';
import { describe, expect, it } from 'vitest';
import { replayOutcomesOf } from './replay-outcomes.ts';

const NOON = Date.UTC(2026, 6, 1, 12);
const HOUR_MS = 3_600_000;

type Rows = Parameters<typeof encodeObservations>[0]['slices'][number]['rows'];
type Rejected = NonNullable<Parameters<typeof encodeObservations>[0]['slices'][number]['rejected']>;

const reading = (observedMs: number, cityId = '7') => ({ cityId, observedMs, temperature: 20, humidity: 50 });
const future = {
  batchRow: 0,
  reason: DeadLetterReason.TIME_IN_FUTURE,
  message: 'ahead',
  observation: new Uint8Array(),
};
const letter = (offset: number, row: number, attempt = 1): ReplayInput => ({ offset, row, attempt, firstSeenMs: NOON });

function record(appendMs: number, rows: Rows, replay?: readonly ReplayInput[], rejected: Rejected = []) {
  const decoded = createRecordReader().decode(encodeObservations({ slices: [{ rows, rejected }], replay }));
  if (decoded.kind !== 'observations') throw new Error('no observations');
  return { appendMs, decoded };
}

/** Applies a record; a throwing one is passed over, as the apply loop does. */
function outcomes(state: PartitionState, { appendMs, decoded }: ReturnType<typeof record>, poison?: string) {
  const offset = state.appliedOffset;
  if (poison === undefined) state.apply({ offset, appendMs }, decoded);
  else state.skip(offset, poison);
  const exceptions = state.exceptions(offset + 1).filter((exception) => exception.offset === offset);
  return replayOutcomesOf({ partition: 3, offset, appendMs, record: decoded, letters: decoded.replay!, exceptions });
}

function stateAt(ms: number): PartitionState {
  const state = createPartitionState({ partition: 3, settings: DEFAULT_RESULT_SETTINGS });
  state.apply({ offset: 0, appendMs: ms }, record(ms, [reading(ms)]).decoded);
  return state;
}

describe('what a replay makes of its letters', () => {
  it('is replayed where the row counts, and parked where it fails for good', () => {
    const state = stateAt(NOON);
    const late = reading(NOON - 40 * HOUR_MS);
    const made = outcomes(state, record(NOON, [reading(NOON - 5 * HOUR_MS), late], [letter(0, 4, 3), letter(0, 5)]));
    expect(made).toMatchObject([
      { partition: 3, offset: 0, row: 4, at: 1, state: 'replayed', attempts: 3, reason: 0, message: '' },
      { partition: 3, offset: 0, row: 5, at: 1, state: 'parked', attempts: 1, reason: DeadLetterReason.LATE },
    ]);
    expect(made[1]?.message).toMatch(/more than 26 hours .* Purge it/);
  });

  it('is to wait while the cause can pass, ten minutes after the first replay, and parked after the second', () => {
    const state = stateAt(NOON);
    const twice = [letter(0, 1, 1), letter(0, 2, 2)];
    const made = outcomes(state, record(NOON + 5, [], twice, [future, { ...future, message: 'still ahead' }]));
    expect(made).toMatchObject([
      { row: 1, state: 'waiting', attempts: 1, nextAttemptMs: NOON + 5 + 600_000, reason: 3, message: 'ahead' },
      { row: 2, state: 'parked', attempts: 2, nextAttemptMs: undefined, reason: 3, message: 'still ahead' },
    ]);
  });

  it('is nothing for a letter that counts already, also where its row is rejected this time', () => {
    const state = stateAt(NOON);
    expect(outcomes(state, record(NOON, [reading(NOON)], [letter(0, 1)]))).toMatchObject([{ state: 'replayed' }]);
    const again = record(NOON, [reading(NOON), reading(NOON)], [letter(0, 1), letter(0, 2), letter(0, 1)], [future]);
    expect(outcomes(state, again)).toMatchObject([{ row: 2, state: 'replayed' }]);
    expect(state.counters).toMatchObject({ applied: 3, duplicate: 2, rejected: 0 });
  });

  it('is one outcome where a record names a letter twice', () => {
    const made = outcomes(stateAt(NOON), record(NOON, [reading(NOON), reading(NOON)], [letter(0, 1), letter(0, 1, 2)]));
    expect(made).toMatchObject([{ row: 1, state: 'replayed', attempts: 1 }]);
  });

  it('is to wait for another try where the record could not be applied: every row of it', () => {
    const poisoned = record(NOON, [reading(NOON)], [letter(0, 1), letter(0, 2, 2)], [future]);
    const made = outcomes(stateAt(NOON), poisoned, 'out of order');
    expect(made).toMatchObject([
      { row: 1, state: 'waiting', attempts: 1, reason: DeadLetterReason.POISON },
      { row: 2, state: 'parked', attempts: 2, reason: DeadLetterReason.POISON },
    ]);
    expect(made[0]?.message).toBe('Its record could not be applied. out of order');
  });

  it('follows the reasons of the contract', () => {
    const { TIME_IN_FUTURE, TOO_MANY_CITIES, POISON, STATE_FULL } = DeadLetterReason;
    expect([...PASSING_REASONS]).toEqual([TIME_IN_FUTURE, TOO_MANY_CITIES, POISON, STATE_FULL]);
  });
});
