import type { AnalyticsStore } from '@isotherm/analytics';
import type { CheckpointStore } from '@isotherm/checkpoint';
import { createExtentLookup, type ExtentLookup, type Log, type LogWriter } from '@isotherm/log';
import { createPlacementHolder, type PlacementSource } from '@isotherm/placement';
import { abortAfter, type Runtime } from '@isotherm/runtime';
import { IsothermError, type Logger } from '@isotherm/service-kit';
import { createEpochFence } from './control/epoch-fence.ts';
import { createShardControl, type ShardControl } from './control/shard-control.ts';
import { runApplyLoop } from './partition/apply-loop.ts';
import { createCatchUp } from './partition/catch-up.ts';
import { createCheckpointer } from './partition/checkpointer.ts';
import { createPlacementFollower } from './partition/follow-placement.ts';
import { createFollowerUpkeep } from './partition/follower-upkeep.ts';
import { type HeldPartition, trimOffset } from './partition/held-partition.ts';
import { createIdleTicker } from './partition/idle-ticker.ts';
import { createOffsetWaiters, type OffsetWaiters } from './partition/offset-waiters.ts';
import { createOwnership } from './partition/ownership.ts';
import { createPartitionTable, type PartitionTable, partitionLeft } from './partition/partition-table.ts';
import type { ShardOptions } from './shard-options.ts';
import { createFreshness } from './status/freshness.ts';
import { createPartitionRates } from './status/partition-rates.ts';
import { createStatsCollector, type ShardStats } from './status/shard-stats.ts';
import { createRecordSink } from './store/record-sink.ts';
import type { ResultPublisher } from './store/result-publisher.ts';
import { createRowWriter, type RowWriter } from './store/row-writer.ts';

/** What a shard stands on. */
export interface ShardDeps {
  /** Name of the shard, as in the placement. */
  readonly name: string;
  readonly placement: PlacementSource;
  readonly log: Log;
  /** Where the ticks of idle partitions go. */
  readonly ticks: LogWriter;
  readonly checkpoints: CheckpointStore;
  readonly analytics: AnalyticsStore;
  /** Gives results that are stored to others. Default nobody. */
  readonly publisher?: ResultPublisher | undefined;
  readonly logger: Logger;
  /** Its clock decides no value, it only measures lag and age. */
  readonly runtime: Runtime;
  /** The shard cannot go on: its process is expected to end. */
  readonly failed: (error: unknown) => void;
  /** Told after each partition that was brought back. Default does nothing. */
  readonly restored?: (done: number, total: number) => void;
}

/** A shard without a network: partitions followed, owned, stored and checkpointed. */
export interface ShardEngine {
  readonly table: PartitionTable;
  readonly placement: PlacementSource;
  readonly control: ShardControl;
  readonly waiters: OffsetWaiters;
  /** Waits for what is stored record by record. */
  readonly recordWaiters: OffsetWaiters;
  /** Ends of the log, looked up once for many. */
  readonly logEnds: ExtentLookup;
  readonly rowWriter: RowWriter;
  stats(): Promise<ShardStats>;
  /** Offsets from which the log is still needed, by partition that the shard owns. */
  trimOffsets(): ReadonlyMap<number, number>;
  /** Owns what the placement gives to the shard. Call it once. */
  start(): Promise<void>;
  /** Applies what is durable now, stores rows, writes a checkpoint, and ends, each step within its time. Call it once. */
  stop(): Promise<void>;
}

/** What stopping may take, in ms, step by step: what is left undone is in checkpoint and log, and the next start does it. */
const APPLY_ON_CLOSE_MS = 700;
const STORE_ON_CLOSE_MS = 700;
const CHECKPOINT_ON_CLOSE_MS = 1200;

/** Creates a shard that holds nothing yet, and starts its loops. */
export async function createShardEngine(deps: ShardDeps, options: ShardOptions): Promise<ShardEngine> {
  const { name, log, logger, runtime, analytics, checkpoints, publisher } = deps;
  // Tables come from the source and by SetPlacement: the highest epoch counts.
  const placement = createPlacementHolder(deps.placement.current());
  const stopUpdates = deps.placement.onChange((next) => {
    // A table from before a hand-off under way would undo it.
    if (next.epoch >= fence.highest) placement.update(next);
  });
  const { incarnation } = log;
  const stopping = new AbortController();
  const { signal } = stopping;
  const table = createPartitionTable({ logger });
  const waiters = createOffsetWaiters((partition) => table.get(partition)?.state.appliedOffset ?? -1);
  const recordWaiters = createOffsetWaiters((partition) => table.owned(partition)?.sinkCursor ?? -1);
  table.onTransition(({ partition, from }) => {
    if (from === 'owning') recordWaiters.leave(partition, partitionLeft(partition));
  });
  const logEnds = createExtentLookup(log);
  const freshness = createFreshness();
  const catchUp = createCatchUp();
  const rates = createPartitionRates(table, runtime);
  const rowWriter = createRowWriter(
    { analytics, publisher, incarnation, table, logger, runtime },
    { intervalMs: options.storeIntervalMs, rowsPerInsert: options.rowsPerInsert, maxBackoffMs: 10_000 },
  );
  const checkpointer = createCheckpointer(
    {
      checkpoints,
      incarnation,
      table,
      logger,
      runtime,
      claimLost(held, error) {
        const { partition } = held;
        logger.warn(
          { err: error, partition, advice: 'Another shard owns it now.' },
          'Partition was claimed by another',
        );
        ownership.drop(held, 'claim lost');
      },
    },
    { intervalMs: options.checkpointIntervalMs, concurrency: 4, maxSegments: options.maxSegments },
  );
  const ownership = createOwnership({ owner: name, table, log, checkpoints, checkpointer, waiters, logger });
  const recordSink = createRecordSink(
    {
      log,
      analytics,
      publisher,
      table,
      waiters,
      recordWaiters,
      logger,
      runtime,
      halted,
      shouldDefer: () => catchUp.shouldDefer(runtime.now()),
    },
    {
      storeRaw: options.storeRaw,
      intervalMs: options.storeIntervalMs,
      rowsPerInsert: 262_144,
      lettersPerInsert: 10_000,
      retry: options.deadLetterRetry,
    },
  );
  const idleTicker = createIdleTicker({ ticks: deps.ticks, table, logger, runtime });
  const upkeep = createFollowerUpkeep(
    { table, ownership, checkpoints, logger, runtime },
    { intervalMs: options.checkpointIntervalMs },
  );
  const placementFollower = createPlacementFollower({
    name,
    placement,
    table,
    ownership,
    logger,
    runtime,
    restored: deps.restored ?? (() => undefined),
  });
  const { partitionCount } = log;
  const fence = createEpochFence(placement);
  const control = createShardControl({
    placement,
    partitionCount,
    fence,
    ownership,
    placementFollower,
    runtime,
    logger,
  });
  const stats = createStatsCollector({
    shard: name,
    instanceId: runtime.uniqueId(),
    epoch: () => placement.current().epoch,
    table,
    rates,
    log: { readAt: (partition, offset) => log.readAt(partition, offset), extents: logEnds.extents },
    runtime,
    freshness,
    rowWriter,
  });

  /** Lets go of a partition whose log cannot be read; a follower that the log has outrun is loaded again. */
  function halted(held: HeldPartition, error: unknown): void {
    const { partition, phase } = held;
    const outrun = phase === 'following' && error instanceof IsothermError && error.id === 'LOG_TRUNCATED';
    ownership.drop(held, outrun ? 'loaded again: the log has outrun it' : 'its log cannot be read');
    if (!outrun) {
      const advice = 'Restore the log or the checkpoints; no other partition is concerned.';
      logger.error({ err: error, partition, advice }, 'Log of a partition cannot be read');
      return;
    }
    ownership.follow(partition).catch((cause: unknown) => {
      logger.error({ err: cause, partition, advice: 'Follow it again.' }, 'Partition could not be loaded again');
    });
  }

  const reader = await log.openReader();
  const loops = [
    runApplyLoop(
      {
        reader,
        table,
        logger,
        runtime,
        halted,
        async makeRoom(held, until) {
          if (held.phase === 'following') table.stall(held, true);
          else if ((await rowWriter.flush().catch(() => 0)) === 0 && !until.aborted) await runtime.nextTurn();
        },
        applied(held, record) {
          waiters.advanced(held.partition, held.state.appliedOffset);
          idleTicker.applied(held, record);
          const nowMs = runtime.now();
          freshness.note(record.appendMs, nowMs);
          catchUp.applied(record.appendMs, nowMs);
        },
      },
      signal,
    ),
    rowWriter.run(signal),
    recordSink.run(signal),
    checkpointer.run(signal),
    idleTicker.run(signal),
    upkeep.run(signal),
  ];
  for (const loop of loops) loop.catch((error: unknown) => !signal.aborted && deps.failed(error));

  /** Waits for the promise, but not longer. */
  async function within(limitMs: number, work: (signal: AbortSignal) => Promise<unknown>): Promise<void> {
    const limit = abortAfter(runtime, limitMs);
    try {
      const over = new Promise((resolve) => limit.signal.addEventListener('abort', resolve, { once: true }));
      await Promise.race([work(limit.signal), over]);
    } catch (error) {
      logger.debug({ err: error }, 'A step of stopping was left to the next start');
    } finally {
      limit.timer.cancel();
    }
  }

  async function applyDurable(limit: AbortSignal): Promise<void> {
    const partitions = table.inPhase('owning').map(({ partition }) => partition);
    const extents = await logEnds.extents(partitions);
    const ends = partitions.map((partition) => waiters.wait(partition, extents.get(partition)?.end ?? 0, limit));
    await Promise.allSettled(ends);
  }

  async function storeRows(limit: AbortSignal): Promise<void> {
    while (!limit.aborted && (await rowWriter.flush()) > 0);
  }

  return {
    table,
    placement,
    control,
    waiters,
    recordWaiters,
    logEnds,
    rowWriter,
    stats,
    trimOffsets: () => new Map(table.inPhase('owning', 'releasing').map((held) => [held.partition, trimOffset(held)])),
    start: () => placementFollower.start(),
    async stop() {
      stopUpdates();
      placementFollower.stop();
      ownership.close();
      await within(APPLY_ON_CLOSE_MS, applyDurable);
      stopping.abort(new Error('The shard is stopping'));
      await within(APPLY_ON_CLOSE_MS, () => Promise.allSettled(loops));
      await within(STORE_ON_CLOSE_MS, storeRows);
      const limit = abortAfter(runtime, CHECKPOINT_ON_CLOSE_MS);
      await checkpointer.round(limit.signal).finally(() => limit.timer.cancel());
      rates.stop();
      await reader.close();
    },
  };
}
