import { createBlobCheckpoints } from '@isotherm/checkpoint/internals';
import { createShardEngine, resolveShardOptions, type ShardEngine } from '@isotherm/compute/internals';
import type { LogWriter } from '@isotherm/log';
import { readLogOver } from '@isotherm/log/internals';
import { createPlacementHolder, type Placement } from '@isotherm/placement';
import { IsothermError } from '@isotherm/service-kit';
import type { SimulatedProcess } from '../engine/simulated-process.ts';
import { factsOf } from './log-node.ts';
import type { World } from './world.ts';

/** A compute process. */
export interface ShardNode {
  readonly name: string;
  readonly process: SimulatedProcess;
  /** Once its partitions are back. */
  readonly engine: ShardEngine | undefined;
  /** As soon as it takes control calls. */
  readonly control: ShardEngine | undefined;
}

/** Errors of starting that say that the log and the checkpoints do not belong together: none may ever happen. */
const NEVER = new Set([
  'CHECKPOINT_BEYOND_LOG',
  'CHECKPOINT_MISSING',
  'CHECKPOINT_OF_OTHER_LOG',
  'LOG_TRUNCATED',
  'LOG_BEYOND_END',
]);

const CHECK_EVERY_MS = 500;

/**
 * Starts a shard: the product's own engine over simulated disks.
 *
 * @param deps.placement the table it begins with
 * @param deps.ticksOf the log as a process appends ticks to it
 * @param deps.alone whether no other process of this name lives: only a zombie's log may be trimmed under its feet.
 */
export function startShardNode(
  world: World,
  name: string,
  deps: {
    readonly placement: Placement;
    readonly ticksOf: (process: SimulatedProcess) => LogWriter;
    readonly alone: () => boolean;
  },
): ShardNode {
  const process = world.spawn(name);
  const { layout, violations, truths } = world;
  const { logger } = world.recorder;
  const prng = world.prng.fork();
  let control: ShardEngine | undefined;
  let engine: ShardEngine | undefined;

  function failed(error: unknown): void {
    logger.warn({ err: error }, 'simulation: shard left');
    if (error instanceof IsothermError) {
      violations.expect(!NEVER.has(error.id) || !deps.alone(), 'recovery finds what it needs', () => error.message);
    } else {
      violations.expect(/checkpoint store/.test(String(error)), 'a shard fails for a known reason', () =>
        stackOf(error),
      );
    }
    process.kill();
  }

  createShardEngine(
    {
      name,
      placement: createPlacementHolder(deps.placement),
      log: readLogOver({
        store: world.logDisk.open(process),
        facts: factsOf(world),
        flush: world.logDisk.reader(process),
        flushState: undefined,
        runtime: process,
      }),
      ticks: deps.ticksOf(process),
      checkpoints: createBlobCheckpoints(world.blobs.open(process), { runtime: process }),
      analytics: world.tables.open(process),
      logger,
      runtime: process,
      failed,
    },
    resolveShardOptions({
      checkpointIntervalMs: layout.checkpointIntervalMs,
      maxSegments: layout.maxSegments,
      storeRaw: layout.storeRaw,
      rowsPerInsert: 40,
    }),
  )
    .then(async (started) => {
      control = started;
      process.every(CHECK_EVERY_MS, () => {
        for (const { state } of started.table.inPhase('following', 'owning', 'releasing')) truths.check(state);
        // A reader who cannot wait for minutes to close.
        if (prng.chance(0.1)) started.rowWriter.flush({ includeOpen: true }).catch(() => undefined);
      });
      await started.start();
      engine = started;
    })
    .catch(failed);
  return {
    name,
    process,
    get control() {
      return process.alive ? control : undefined;
    },
    get engine() {
      return process.alive ? engine : undefined;
    },
  };
}

function stackOf(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
