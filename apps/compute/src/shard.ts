import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises';
import { Server, ServerCredentials } from '@grpc/grpc-js';
import type { AnalyticsStore } from '@isotherm/analytics';
import type { CheckpointStore } from '@isotherm/checkpoint';
import { ComputeService } from '@isotherm/contracts/compute/v1/compute_service';
import type { Log } from '@isotherm/log';
import type { Placement } from '@isotherm/placement';
import { createLifecycle, grpcDefinition, IsothermError, type Logger, listenError } from '@isotherm/service-kit';
import { runApplyLoop } from './apply-loop.ts';
import { createCatchUp } from './catch-up.ts';
import { createCheckpointer } from './checkpointer.ts';
import { computeService } from './compute-service.ts';
import { createFreshness } from './freshness.ts';
import { createLiveHub } from './live-hub.ts';
import { createOffsetWaiters } from './offset-waiters.ts';
import { openPartition } from './open-partition.ts';
import { type PartitionRuntime, retentionFloor } from './partition-runtime.ts';
import { createRecordSink } from './record-sink.ts';
import { createRowWriter } from './row-writer.ts';
import { registerShardMetrics } from './shard-metrics.ts';
import { resolveShardOptions, type ShardOptions } from './shard-options.ts';
import { type ShardPulse, shardPulse } from './shard-pulse.ts';
import { shardStatus } from './shard-status.ts';

/** What a shard stands on. */
export interface ShardDeps {
  /** Name of the shard, as in the placement. */
  readonly name: string;
  readonly placement: Placement;
  readonly log: Log;
  readonly checkpoints: CheckpointStore;
  readonly analytics: AnalyticsStore;
  readonly logger: Logger;
  /** Milliseconds since the epoch; decides no value, only measures lag and age. */
  readonly clock: () => number;
  /** The shard cannot go on: its process is expected to end. */
  readonly failed: (error: unknown) => void;
}

/** A running shard. */
export interface Shard extends AsyncDisposable {
  /** host:port of hot reads. */
  readonly address: string;
  pulse(): Promise<ShardPulse>;
  /** Offsets from which the log is still needed, by partition. */
  retentionFloors(): ReadonlyMap<number, number>;
  /** Applies what is durable now, stores rows, writes a checkpoint, and stops. Idempotent. */
  close(): Promise<void>;
}

/** What stopping may take, in ms, step by step: what is left undone is in checkpoint and log, and the next start does it. */
const APPLY_ON_CLOSE_MS = 700;
const STORE_ON_CLOSE_MS = 700;
const CHECKPOINT_ON_CLOSE_MS = 1200;

/** Brings back the shard's partitions and starts applying, storing, checkpointing and answering. */
export async function startShard(deps: ShardDeps, partial: Partial<ShardOptions> = {}): Promise<Shard> {
  const options = resolveShardOptions(partial);
  const { log, logger, name } = deps;
  const lifecycle = createLifecycle(`compute shard ${name}`, logger);
  const stop = new AbortController();
  const { signal } = stop;

  const startedMs = deps.clock();
  const runtimes = await openPartitions(deps);
  const waiters = createOffsetWaiters((partition) => runtimes.get(partition)?.state.appliedOffset ?? 0);
  const freshness = createFreshness();
  const hub = createLiveHub(runtimes, deps.clock);
  const catchUp = createCatchUp();
  const putsOff = () => catchUp.putsOff(deps.clock());
  const rowWriter = createRowWriter(
    { analytics: deps.analytics, incarnation: log.incarnation, runtimes, logger },
    { intervalMs: options.storeIntervalMs, rowsPerInsert: options.rowsPerInsert, maxBackoffMs: 10_000 },
  );
  const recordSink = createRecordSink(
    { log, analytics: deps.analytics, runtimes, waiters, logger, putsOff },
    { storeRaw: options.storeRaw, intervalMs: options.storeIntervalMs, rowsPerInsert: 262_144 },
  );
  const checkpointer = createCheckpointer(
    {
      checkpoints: deps.checkpoints,
      incarnation: log.incarnation,
      runtimes,
      logger,
      claimLost: (_partition, error) => deps.failed(error),
    },
    { intervalMs: options.checkpointIntervalMs, concurrency: 4, maxSegments: 30 },
  );
  const reader = await log.openReader(
    new Map([...runtimes.values()].map(({ partition, state }) => [partition, state.appliedOffset])),
  );
  const server = new Server();
  server.addService(
    grpcDefinition(ComputeService),
    computeService({
      log,
      placement: deps.placement,
      runtimes,
      waiters,
      hub,
      flushRows: () => rowWriter.flush({ includeOpen: true }),
      status: async () =>
        shardStatus({ shard: name, epoch: deps.placement.epoch, nowMs: deps.clock() }, runtimes, await log.extents()),
    }),
  );
  const port = await listen(server, options);
  const loops = [
    runApplyLoop(
      {
        reader,
        runtimes,
        logger,
        async makeRoom(_runtime, until) {
          if ((await rowWriter.flush().catch(() => 0)) === 0 && !until.aborted) await nextTurn();
        },
        applied(runtime, stampMs) {
          waiters.advanced(runtime.partition, runtime.state.appliedOffset);
          const nowMs = deps.clock();
          freshness.note(stampMs, nowMs);
          catchUp.applied(stampMs, nowMs);
        },
      },
      signal,
    ),
    rowWriter.run(signal),
    recordSink.run(signal),
    checkpointer.run(signal),
  ];
  for (const loop of loops) loop.catch((error: unknown) => !signal.aborted && deps.failed(error));
  lifecycle.moveTo('ready');
  logger.info({ shard: name, partitions: runtimes.size, tookMs: deps.clock() - startedMs }, 'Compute shard started');

  const pulse = async () => shardPulse({ runtimes, log, nowMs: deps.clock(), freshness, rowWriter });
  const unregister = registerShardMetrics(name, pulse);

  let closing: Promise<void> | undefined;
  async function close(): Promise<void> {
    lifecycle.moveTo('draining');
    unregister();
    await applyDurable(log, waiters, runtimes);
    stop.abort(new Error('The shard is stopping'));
    await Promise.race([Promise.allSettled(loops), sleep(APPLY_ON_CLOSE_MS)]);
    await storeBriefly(rowWriter.flush, deps.clock);
    await checkpointer.round(AbortSignal.timeout(CHECKPOINT_ON_CLOSE_MS));
    hub.close();
    await reader.close();
    server.forceShutdown();
    lifecycle.moveTo('stopped');
  }
  const closeOnce = () => {
    closing ??= close();
    return closing;
  };
  return {
    address: `${options.host}:${port}`,
    pulse,
    retentionFloors: () => new Map([...runtimes].map(([partition, runtime]) => [partition, retentionFloor(runtime)])),
    close: closeOnce,
    [Symbol.asyncDispose]: closeOnce,
  };
}

async function openPartitions(deps: ShardDeps): Promise<Map<number, PartitionRuntime>> {
  const { placement, name, log, checkpoints, logger } = deps;
  const shard = placement.shards.indexOf(name);
  const owned = placement.owners.flatMap((owner, partition) => (owner === shard ? [partition] : []));
  const extents = await log.extents();
  const runtimes = new Map<number, PartitionRuntime>();
  for (const partition of owned) {
    const extent = extents[partition];
    if (extent === undefined) {
      throw new IsothermError({
        code: 'FAILED_PRECONDITION',
        id: 'PLACEMENT_MISMATCH',
        message: `The placement names partition ${partition}, the log has ${log.partitionCount}.`,
        advice: 'Use the partition count the log was created with.',
      });
    }
    runtimes.set(partition, await openPartition({ log, checkpoints, owner: name, logger }, partition, extent));
  }
  return runtimes;
}

function listen(server: Server, at: { readonly host: string; readonly port: number }): Promise<number> {
  return new Promise((resolve, reject) => {
    server.bindAsync(`${at.host}:${at.port}`, ServerCredentials.createInsecure(), (error, port) => {
      if (error === null) resolve(port);
      else reject(listenError(error, 'hot reads', at));
    });
  });
}

async function applyDurable(
  log: Log,
  waiters: ReturnType<typeof createOffsetWaiters>,
  runtimes: ReadonlyMap<number, PartitionRuntime>,
): Promise<void> {
  const extents = await log.extents();
  const enough = AbortSignal.timeout(APPLY_ON_CLOSE_MS);
  await Promise.allSettled(
    [...runtimes.keys()].map((partition) => waiters.wait(partition, extents[partition]?.end ?? 0, enough)),
  );
}

async function storeBriefly(flush: () => Promise<number>, clock: () => number): Promise<void> {
  const deadlineMs = clock() + STORE_ON_CLOSE_MS;
  try {
    while (clock() < deadlineMs) {
      const rows = await Promise.race([flush(), sleep(STORE_ON_CLOSE_MS, 0)]);
      if (rows === 0) return;
    }
  } catch {
    // What is not stored is in the checkpoint and is stored after the next start.
  }
}
