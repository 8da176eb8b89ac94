import { create, toBinary } from '@bufbuild/protobuf';
import { DeadLetterReason } from '@isotherm/contracts/deadletter/v1/dead_letter_service';
import { ObservationSchema } from '@isotherm/contracts/ingest/v1/observation';
import { createMemoryLog } from '@isotherm/log';
import { encodeObservations, type ObservationInput, type ReplayInput } from '@isotherm/records';
import { describe, expect, it } from 'vitest';
import { createShardEngine, type ShardEngine } from '../shard-engine.ts';
import { resolveShardOptions } from '../shard-options.ts';
import { openShardStores } from '../testing/shard-stores.ts';

const NOON = Date.UTC(2026, 6, 1, 12);
const HOUR_MS = 3_600_000;
const future = {
  batchRow: 0,
  reason: DeadLetterReason.TIME_IN_FUTURE,
  message: 'ahead',
  observation: toBinary(ObservationSchema, create(ObservationSchema, { cityId: 'ahead' })),
};

// Ids of letters are those of their log: each test has one of its own.
const stores = openShardStores(1);

async function start(storeRaw = true): Promise<ShardEngine> {
  const options = resolveShardOptions({ storeIntervalMs: 20, checkpointIntervalMs: HOUR_MS, storeRaw });
  // Ticks go elsewhere: the test counts the offsets of its log.
  const engine = await createShardEngine({ ...stores.deps(), ticks: createMemoryLog({ partitionCount: 1 }) }, options);
  await engine.start();
  return engine;
}

const reading = (hour: number, temperature: number): ObservationInput => ({
  cityId: `city-${stores.testNumber}`,
  observedMs: NOON + hour * HOUR_MS,
  temperature,
  humidity: 50,
});

async function append(
  rows: readonly ObservationInput[],
  replay?: readonly ReplayInput[],
  rejected = [] as (typeof future)[],
) {
  const bytes = encodeObservations({ slices: [{ rows, rejected }], replay });
  stores.clock.nowMs = NOON;
  await stores.log.append([{ partition: 0, bytes, weight: rows.length }]);
}

const letter = (offset: number, row: number, attempt = 1): ReplayInput => ({ offset, row, attempt, firstSeenMs: NOON });

/** Letters of this test's log, as they come to stand. */
async function letters() {
  const found = await stores.analytics.deadLetters({ filter: {}, limit: 100 });
  return found
    .filter(({ incarnation }) => incarnation === stores.log.incarnation)
    .map(({ offset, row, state, attempts }) => `${offset}/${row} ${state} ${attempts}`);
}

const expectLetters = (...expected: string[]) => expect.poll(letters, { timeout: 10_000 }).toEqual(expected);

describe.each([{ storeRaw: true }, { storeRaw: false }])(
  'dead letters replayed, raw rows stored: $storeRaw',
  ({ storeRaw }) => {
    it('are counted once and say so, whatever is replayed again, also after a restart', async () => {
      let engine = await start(storeRaw);
      await append([reading(0, 20)]);
      await append([reading(-5, 30), reading(-40, 30)], undefined, [future]);
      await expectLetters('1/0 parked 0', '1/1 parked 0', '1/2 waiting 0');
      await append([reading(-5, 30), reading(-40, 30)], [letter(1, 0), letter(1, 1), letter(1, 2)], [future]);
      await expectLetters('1/0 replayed 1', '1/1 parked 1', '1/2 waiting 1');
      await engine.stop();
      engine = await start(storeRaw);
      await append([reading(-5, 30), reading(-1, 10)], [letter(1, 0, 2), letter(1, 2, 2)]);
      await expectLetters('1/0 replayed 1', '1/1 parked 1', '1/2 replayed 2');
      expect(engine.table.get(0)?.state.counters).toMatchObject({ applied: 3, duplicate: 1, dead: 3, rejected: 2 });
      await engine.stop();
      const [stored] = await stores.analytics.deadLetters({
        filter: { ids: [{ partition: 0, offset: 1, row: 1 }] },
        limit: 1,
      });
      expect(stored?.causes.map(({ reason, atOffset }) => [reason, atOffset])).toEqual([
        [DeadLetterReason.LATE, 1],
        [DeadLetterReason.LATE, 2],
      ]);
      const rows = await stores.analytics.history({
        cityId: `city-${stores.testNumber}`,
        fromMs: NOON - 50 * HOUR_MS,
        toMs: NOON + HOUR_MS,
        resolution: 'minute',
        timeZone: 'UTC',
        limit: 10,
        after: undefined,
      });
      // The newest minute is still open.
      expect(rows.map(({ startMs, temperature }) => [(startMs - NOON) / HOUR_MS, temperature])).toEqual([
        [-5, 30],
        [-1, 10],
      ]);
    });

    it('of a record that cannot be applied wait, are no new letters, and the partition goes on', async () => {
      const engine = await start(storeRaw);
      await append([reading(0, 20)]);
      await append([reading(-40, 30)]);
      await expectLetters('1/0 parked 0');
      // It names a letter of a later record, which cannot be.
      await append([reading(0, 21), reading(0, 22)], [letter(1, 0), letter(99, 0)]);
      await append([reading(0, 23)]);
      await expectLetters('1/0 waiting 1');
      expect(engine.table.get(0)?.state.counters).toMatchObject({ applied: 2, dead: 1 });
      await engine.stop();
    });
  },
);
