import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type AnalyticsStore, openChdbAnalytics } from '@isotherm/analytics';
import { type CheckpointStore, openDirectoryCheckpoints } from '@isotherm/checkpoint';
import { DEFAULT_RESULT_SETTINGS } from '@isotherm/domain';
import { createMemoryLog, type Log } from '@isotherm/log';
import { createPlacement, createPlacementHolder, unplaced } from '@isotherm/placement';
import { encodeResultSettings } from '@isotherm/records';
import { systemRuntime } from '@isotherm/runtime';
import { createLogger } from '@isotherm/service-kit';
import { afterAll, afterEach, beforeAll, beforeEach } from 'vitest';
import type { ShardDeps } from '../shard-engine.ts';

/** What the shard of a test stands on. */
export interface ShardStores {
  /** One store for all tests of a file. */
  readonly analytics: AnalyticsStore;
  /** A log of its own for each test; it outranks the one before. */
  readonly log: Log;
  /** Clock of the log and of the shard: it goes on from where it is set. */
  readonly clock: { nowMs: number };
  /** Number of the test, from 1: what tells its cities from those of others. */
  readonly testNumber: number;
  /** A shard named `a` with every partition, over these and the test's checkpoints. */
  deps(): ShardDeps;
  /** A shard of another process: over the same log and analytical store, with a checkpoint store of its own in the same directory. It owns nothing at first. */
  another(name: string): Promise<ShardDeps>;
}

/** Opens a real engine for the tests of a file, and a log and a directory of checkpoints for each of them. */
export function openShardStores(partitionCount: number): ShardStores {
  let folder: string;
  let analytics: AnalyticsStore;
  let log: Log;
  let checkpoints: ShardDeps['checkpoints'];
  let testNumber = 0;
  const opened: CheckpointStore[] = [];
  const clock = runningClock();

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'isotherm-compute-'));
    analytics = await openChdbAnalytics({
      path: join(folder, 'analytics'),
      scratchDirectory: join(folder, 'scratch'),
      rawRetentionSeconds: 10 * 365 * 86_400,
    });
    await analytics.migrate();
  });
  afterAll(async () => {
    await analytics.close();
    await rm(folder, { recursive: true, force: true });
  });
  beforeEach(async () => {
    testNumber++;
    log = createMemoryLog({
      partitionCount,
      incarnation: testNumber.toString(16).padStart(16, '0'),
      settings: encodeResultSettings(DEFAULT_RESULT_SETTINGS),
      now: () => clock.nowMs,
    });
    checkpoints = await openCheckpoints();
  });
  afterEach(async () => {
    for (const store of opened.splice(0)) await store.close();
  });

  async function openCheckpoints(): Promise<CheckpointStore> {
    const store = await openDirectoryCheckpoints({ path: join(folder, `checkpoints-${testNumber}`) });
    opened.push(store);
    return store;
  }

  const deps = (): ShardDeps => ({
    name: 'a',
    placement: createPlacementHolder(createPlacement({ shards: ['a'], partitionCount, epoch: 1 })),
    log,
    ticks: log,
    checkpoints,
    analytics,
    logger: createLogger({ service: 'test', level: 'silent' }),
    runtime: { ...systemRuntime, now: () => clock.nowMs },
    failed(error) {
      throw error;
    },
  });
  return {
    clock,
    get analytics() {
      return analytics;
    },
    get log() {
      return log;
    },
    get testNumber() {
      return testNumber;
    },
    deps,
    async another(name) {
      const placement = createPlacementHolder(unplaced(partitionCount));
      return { ...deps(), name, placement, checkpoints: await openCheckpoints() };
    },
  };
}

function runningClock(): { nowMs: number } {
  let aheadMs = 0;
  return {
    get nowMs() {
      return systemRuntime.now() + aheadMs;
    },
    set nowMs(ms) {
      aheadMs = ms - systemRuntime.now();
    },
  };
}
