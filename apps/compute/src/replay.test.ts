import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { create, toBinary } from '@bufbuild/protobuf';
import { type AnalyticsStore, openChdbAnalytics } from '@isotherm/analytics';
import { openDirectoryCheckpoints } from '@isotherm/checkpoint';
import { RejectReason } from '@isotherm/contracts/ingest/v1/ingest_service';
import { ObservationSchema } from '@isotherm/contracts/ingest/v1/observation';
import { createMemoryLog, type Log } from '@isotherm/log';
import { createPlacement } from '@isotherm/placement';
import { encodeObservations, type ObservationInput, type ReplayInput } from '@isotherm/records';
import { systemRuntime } from '@isotherm/runtime';
import { createLogger } from '@isotherm/service-kit';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type ShardEngine, startShardEngine } from './shard-engine.ts';
import { resolveShardOptions } from './shard-options.ts';

const NOON = Date.UTC(2026, 6, 1, 12);
const HOUR_MS = 3_600_000;
const future = {
  batchRow: 0,
  reason: RejectReason.TIME_IN_FUTURE,
  message: 'ahead',
  observation: toBinary(ObservationSchema, create(ObservationSchema, { cityId: 'ahead' })),
};

let folder: string;
let analytics: AnalyticsStore;
let log: Log;
let checkpoints: Awaited<ReturnType<typeof openDirectoryCheckpoints>>;
let testNumber = 0;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'isotherm-replay-'));
  analytics = await openChdbAnalytics({ path: join(folder, 'analytics'), scratchDirectory: join(folder, 'scratch') });
  await analytics.migrate();
});

afterAll(async () => {
  await analytics.close();
  await rm(folder, { recursive: true, force: true });
});

/** Each test has a log that outranks the one before: ids of letters are those of its log. */
beforeEach(async () => {
  testNumber++;
  log = createMemoryLog({ partitionCount: 1, incarnation: testNumber.toString(16).padStart(16, '0') });
  checkpoints = await openDirectoryCheckpoints({ path: join(folder, `checkpoints-${testNumber}`) });
});

function start(storeRaw = true): Promise<ShardEngine> {
  return startShardEngine(
    {
      name: 'a',
      placement: createPlacement({ shards: ['a'], partitionCount: 1, epoch: 1 }),
      log,
      checkpoints,
      analytics,
      logger: createLogger({ service: 'test', level: 'silent' }),
      runtime: systemRuntime,
      failed: (error) => {
        throw error;
      },
    },
    resolveShardOptions({ storeIntervalMs: 20, checkpointIntervalMs: HOUR_MS, storeRaw }),
  );
}

const reading = (hour: number, temperature: number): ObservationInput => ({
  cityId: `city-${testNumber}`,
  observedMs: NOON + hour * HOUR_MS,
  temperature,
  humidity: 50,
});

async function append(
  rows: readonly ObservationInput[],
  replay?: readonly ReplayInput[],
  rejected = [] as (typeof future)[],
) {
  const bytes = encodeObservations({ stampMs: NOON, slices: [{ rows, rejected }], replay });
  await log.append([{ partition: 0, bytes, weight: rows.length }]);
}

const letter = (offset: number, row: number, attempt = 1): ReplayInput => ({ offset, row, attempt, firstSeenMs: NOON });

/** Letters of this test's log, as they come to stand. */
async function letters() {
  const found = await analytics.deadLetters({ filter: {}, limit: 100 });
  return found
    .filter(({ incarnation }) => incarnation === log.incarnation)
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
      expect(engine.runtimes.get(0)?.state.counters).toMatchObject({ applied: 3, duplicate: 1, dead: 3, rejected: 2 });
      await engine.stop();
      const [stored] = await analytics.deadLetters({
        filter: { ids: [{ partition: 0, offset: 1, row: 1 }] },
        limit: 1,
      });
      expect(stored?.causes.map(({ reason, atOffset }) => [reason, atOffset])).toEqual([
        [RejectReason.LATE, 1],
        [RejectReason.LATE, 2],
      ]);
      const rows = await analytics.history({
        cityId: `city-${testNumber}`,
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
      expect(engine.runtimes.get(0)?.state.counters).toMatchObject({ applied: 2, dead: 1 });
      await engine.stop();
    });
  },
);
