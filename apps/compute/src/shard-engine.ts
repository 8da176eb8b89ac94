import type { AnalyticsStore } from '@isotherm/analytics';
import type { CheckpointStore } from '@isotherm/checkpoint';
import type { Log, LogWriter } from '@isotherm/log';
import type { PlacementSource } from '@isotherm/placement';
import { abortAfter, type Runtime } from '@isotherm/runtime';
import type { Logger } from '@isotherm/service-kit';
import { runApplyLoop } from './partition/apply-loop.ts';
import { createCatchUp } from './partition/catch-up.ts';
import { createCheckpointer } from './partition/checkpointer.ts';
import { createIdleTicker } from './partition/idle-ticker.ts';
import { createOffsetWaiters, type OffsetWaiters } from './partition/offset-waiters.ts';
import { openPartitions } from './partition/open-partitions.ts';
import { type PartitionRuntime, retentionFloor } from './partition/partition-runtime.ts';
import type { ShardOptions } from './shard-options.ts';
import { createFreshness } from './status/freshness.ts';
import { type ShardPulse, shardPulse } from './status/shard-pulse.ts';
import { createRecordSink } from './store/record-sink.ts';
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
  readonly logger: Logger;
  /** Its clock decides no value, it only measures lag and age. */
  readonly runtime: Runtime;
  /** The shard cannot go on: its process is expected to end. */
  readonly failed: (error: unknown) => void;
  /** Told after each partition that was brought back. Default does nothing. */
  readonly restored?: (done: number, total: number) => void;
}

/** A shard without a network: partitions brought back, applied, stored and checkpointed. */
export interface ShardEngine {
  readonly runtimes: ReadonlyMap<number, PartitionRuntime>;
  readonly waiters: OffsetWaiters;
  readonly rowWriter: RowWriter;
  pulse(): Promise<ShardPulse>;
  /** Offsets from which the log is still needed, by partition. */
  retentionFloors(): ReadonlyMap<number, number>;
  /** Applies what is durable now, stores rows, writes a checkpoint, and ends, each step within its time. Call it once. */
  stop(): Promise<void>;
}

/** What stopping may take, in ms, step by step: what is left undone is in checkpoint and log, and the next start does it. */
const APPLY_ON_CLOSE_MS = 700;
const STORE_ON_CLOSE_MS = 700;
const CHECKPOINT_ON_CLOSE_MS = 1200;

/** Brings back the shard's partitions and starts applying, storing and checkpointing. */
export async function startShardEngine(deps: ShardDeps, options: ShardOptions): Promise<ShardEngine> {
  const { log, logger, runtime } = deps;
  const stopping = new AbortController();
  const { signal } = stopping;
  const runtimes = await openPartitions({ ...deps, placement: deps.placement.current() });
  const waiters = createOffsetWaiters((partition) => runtimes.get(partition)?.state.appliedOffset ?? 0);
  const freshness = createFreshness();
  const catchUp = createCatchUp();
  const rowWriter = createRowWriter(
    { analytics: deps.analytics, incarnation: log.incarnation, runtimes, logger, runtime },
    { intervalMs: options.storeIntervalMs, rowsPerInsert: options.rowsPerInsert, maxBackoffMs: 10_000 },
  );
  const recordSink = createRecordSink(
    {
      log,
      analytics: deps.analytics,
      runtimes,
      waiters,
      logger,
      runtime,
      putsOff: () => catchUp.putsOff(runtime.now()),
    },
    {
      storeRaw: options.storeRaw,
      intervalMs: options.storeIntervalMs,
      rowsPerInsert: 262_144,
      lettersPerInsert: 10_000,
      retry: options.deadLetterRetry,
    },
  );
  const checkpointer = createCheckpointer(
    {
      checkpoints: deps.checkpoints,
      incarnation: log.incarnation,
      runtimes,
      logger,
      runtime,
      claimLost: (_partition, error) => deps.failed(error),
    },
    { intervalMs: options.checkpointIntervalMs, concurrency: 4, maxSegments: options.maxSegments },
  );
  const idleTicker = createIdleTicker({ ticks: deps.ticks, runtimes, logger, runtime });
  const reader = await log.openReader(
    new Map([...runtimes.values()].map(({ partition, state }) => [partition, state.appliedOffset])),
  );
  const loops = [
    runApplyLoop(
      {
        reader,
        runtimes,
        logger,
        runtime,
        async makeRoom(_partition, until) {
          if ((await rowWriter.flush().catch(() => 0)) === 0 && !until.aborted) await runtime.nextTurn();
        },
        applied({ partition, state }, record) {
          waiters.advanced(partition, state.appliedOffset);
          idleTicker.applied(partition, record);
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
    const extents = await log.extents(runtimes.keys());
    const ends = [...runtimes.keys()].map((partition) =>
      waiters.wait(partition, extents.get(partition)?.end ?? 0, limit),
    );
    await Promise.allSettled(ends);
  }

  async function storeRows(limit: AbortSignal): Promise<void> {
    while (!limit.aborted && (await rowWriter.flush()) > 0);
  }

  return {
    runtimes,
    waiters,
    rowWriter,
    pulse: () => shardPulse({ runtimes, log, nowMs: runtime.now(), freshness, rowWriter }),
    retentionFloors: () => new Map([...runtimes].map(([partition, held]) => [partition, retentionFloor(held)])),
    async stop() {
      await within(APPLY_ON_CLOSE_MS, applyDurable);
      stopping.abort(new Error('The shard is stopping'));
      await within(APPLY_ON_CLOSE_MS, () => Promise.allSettled(loops));
      await within(STORE_ON_CLOSE_MS, storeRows);
      const limit = abortAfter(runtime, CHECKPOINT_ON_CLOSE_MS);
      await checkpointer.round(limit.signal).finally(() => limit.timer.cancel());
      await reader.close();
    },
  };
}
