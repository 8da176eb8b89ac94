import type { Prng } from '@isotherm/testkit';
import { createLedger, type Ledger } from '../checks/ledger.ts';
import { createLogHistory, type LogHistory } from '../checks/log-history.ts';
import { createTruths, type Truths } from '../checks/truths.ts';
import { createFaults, type FaultKind, type Faults } from '../engine/faults.ts';
import { createRecordingLogger, type RecordingLogger } from '../engine/recording-logger.ts';
import { createScheduler, type Scheduler } from '../engine/scheduler.ts';
import { createProcess, type SimulatedProcess } from '../engine/simulated-process.ts';
import { createViolations, type Violations } from '../engine/violation.ts';
import { type BlobDisk, createBlobDisk } from '../fakes/blob-disk.ts';
import { createLogDisk, type LogDisk } from '../fakes/log-disk.ts';
import { createNetwork, type Network } from '../fakes/network.ts';
import { createStoreTables, type StoreTables } from '../fakes/store-tables.ts';

/** Where the simulation begins: a minute and a half before an hour and a day end. */
const START_MS = Date.UTC(2026, 5, 30, 23, 58, 30);

/** How a run is laid out; drawn from its seed. */
export interface Layout {
  readonly partitionCount: number;
  /** Ingest processes. 0: ingest lives in the log's process, as on one machine. */
  readonly ingests: number;
  /** Names of compute shards. */
  readonly shards: readonly string[];
  readonly producers: number;
  readonly cityIds: readonly string[];
  /** How long things go wrong, in ms. */
  readonly chaosMs: number;
  readonly checkpointIntervalMs: number;
  readonly maxSegments: number;
  readonly storeRaw: boolean;
  readonly allowedLatenessMs: number;
  /** Time between two batches of a producer, about. */
  readonly batchEveryMs: number;
  /** Whether partitions move between the shards. */
  readonly moves: boolean;
  /** Shards that follow each partition besides its owner. */
  readonly standbys: number;
}

/** What processes of a run live in: all that outlives them. */
export interface World {
  readonly layout: Layout;
  readonly prng: Prng;
  readonly scheduler: Scheduler;
  readonly faults: Faults;
  readonly violations: Violations;
  readonly recorder: RecordingLogger;
  readonly ledger: Ledger;
  readonly truths: Truths;
  readonly history: LogHistory;
  readonly logDisk: LogDisk;
  readonly blobs: BlobDisk;
  readonly tables: StoreTables;
  readonly network: Network;
  /** Starts a process under a name; numbered, so that no two are the same. */
  spawn(name: string): SimulatedProcess;
  /** The clocks of processes that start from now on are so much ahead. */
  sleep(forMs: number): void;
}

/** Options of {@link createWorld}. */
export interface WorldOptions {
  /** Faults that never happen. */
  readonly without?: readonly FaultKind[];
  /** Is given every line the product logs. */
  readonly tell?: (line: string) => void;
}

/** Makes the world of a seed. */
export function createWorld(prng: Prng, { without = [], tell }: WorldOptions = {}): World {
  const layout = drawLayout(prng.fork());
  const scheduler = createScheduler(prng.fork(), START_MS);
  const faults = createFaults(prng.fork(), without);
  const violations = createViolations();
  const history = createLogHistory(layout.partitionCount, violations);
  const births = prng.fork();
  let born = 0;
  let clockOffsetMs = 0;
  return {
    layout,
    prng: prng.fork(),
    scheduler,
    faults,
    violations,
    recorder: createRecordingLogger(
      tell === undefined ? undefined : (line) => tell(`${(scheduler.nowMs - START_MS).toFixed(1)} ${line}`),
    ),
    ledger: createLedger(),
    truths: createTruths(violations),
    history,
    logDisk: createLogDisk({ faults, violations, history }),
    blobs: createBlobDisk({ faults }),
    tables: createStoreTables({ scheduler, faults, violations }),
    network: createNetwork({ scheduler, faults }),
    spawn: (name) => createProcess(`${name}#${born++}`, { scheduler, prng: births.fork(), clockOffsetMs }),
    sleep(forMs) {
      clockOffsetMs += forMs;
    },
  };
}

function drawLayout(prng: Prng): Layout {
  const partitionCount = 1 + prng.below(3);
  const names = ['1796236', '5128581', '42', 'Zürich/Nord', '2950159', '7', 'b', '360630'];
  const layout = {
    partitionCount,
    ingests: prng.below(3),
    shards: partitionCount > 1 && prng.chance(0.4) ? ['shard-0', 'shard-1'] : ['shard-0'],
    producers: 1 + prng.below(3),
    cityIds: names.slice(0, 2 + prng.below(names.length - 1)),
    chaosMs: 8_000 + prng.float() * 40_000,
    checkpointIntervalMs: prng.pick([1_000, 3_000, 10_000]),
    maxSegments: prng.pick([3, 5, 30]),
    storeRaw: prng.chance(0.7),
    allowedLatenessMs: prng.pick([60_000, 600_000, 3_600_000]),
    batchEveryMs: prng.pick([200, 500, 1_500]),
    moves: false,
    standbys: 0,
  };
  if (prng.chance(0.5)) return layout;
  const shards = ['shard-0', 'shard-1', 'shard-2'].slice(0, 2 + prng.below(2));
  return { ...layout, partitionCount: 2 + prng.below(3), shards, moves: true, standbys: prng.below(2) };
}
