import { Server, ServerCredentials } from '@grpc/grpc-js';
import { ComputeService } from '@isotherm/contracts/compute/v1/compute_service';
import { createLifecycle, grpcDefinition, listenError } from '@isotherm/service-kit';
import { computeService } from './reads/compute-service.ts';
import { createLiveHub } from './reads/live-hub.ts';
import { createShardEngine, type ShardDeps } from './shard-engine.ts';
import { resolveShardOptions, type ShardOptions } from './shard-options.ts';
import { createLagMeter } from './status/partition-lag.ts';
import { registerShardMetrics } from './status/shard-metrics.ts';
import type { ShardStats } from './status/shard-stats.ts';
import { shardStatusMessage } from './status/shard-status-message.ts';

/** A running shard. */
export interface Shard extends AsyncDisposable {
  /** host:port of hot reads. */
  readonly address: string;
  stats(): Promise<ShardStats>;
  /** Offsets from which the log is still needed, by partition. */
  retentionFloors(): ReadonlyMap<number, number>;
  /** Applies what is durable now, stores rows, writes a checkpoint, and stops. Idempotent. */
  close(): Promise<void>;
}

/** Starts a shard: its engine, and the hot reads over it. It owns its partitions when the promise resolves. */
export async function startShard(deps: ShardDeps, partial: Partial<ShardOptions> = {}): Promise<Shard> {
  const options = resolveShardOptions(partial);
  const { log, logger, name, placement, runtime } = deps;
  const lifecycle = createLifecycle(`compute shard ${name}`, logger);
  const startedMs = runtime.monotonicMs();
  const engine = await createShardEngine(deps, options);
  const { table, waiters, recordWaiters, logEnds, rowWriter, stats } = engine;
  const unregister = registerShardMetrics(name, table, stats);
  const hub = createLiveHub(table, runtime);
  const server = new Server();
  server.addService(
    grpcDefinition(ComputeService),
    computeService({
      shard: name,
      log: { incarnation: log.incarnation, partitionCount: log.partitionCount, extents: logEnds.extents },
      placement,
      epoch: () => placement.current().epoch,
      table,
      waiters,
      recordWaiters,
      hub,
      runtime,
      lag: createLagMeter({ log, now: () => runtime.now() }),
      flushRows: () => rowWriter.flush({ includeOpen: true }),
      status: async () =>
        shardStatusMessage(
          await stats(),
          table.inPhase('owning').map(({ state }) => state),
        ),
    }),
  );

  let closing: Promise<void> | undefined;
  async function close(): Promise<void> {
    lifecycle.moveTo('draining');
    unregister();
    await engine.stop();
    hub.close();
    server.forceShutdown();
    lifecycle.moveTo('stopped');
  }
  const closeOnce = () => {
    closing ??= close();
    return closing;
  };
  let port: number;
  try {
    await engine.start();
    port = await listen(server, options);
  } catch (error) {
    unregister();
    await engine.stop();
    lifecycle.moveTo('failed', error instanceof Error ? error.message : String(error));
    throw error;
  }
  lifecycle.moveTo('ready');
  const tookMs = Math.round(runtime.monotonicMs() - startedMs);
  logger.info({ shard: name, partitions: table.partitions.length, tookMs }, 'Compute shard started');
  return {
    address: `${options.host}:${port}`,
    stats,
    retentionFloors: engine.retentionFloors,
    close: closeOnce,
    [Symbol.asyncDispose]: closeOnce,
  };
}

function listen(server: Server, at: { readonly host: string; readonly port: number }): Promise<number> {
  return new Promise((resolve, reject) => {
    server.bindAsync(`${at.host}:${at.port}`, ServerCredentials.createInsecure(), (error, port) => {
      if (error === null) resolve(port);
      else reject(listenError(error, 'hot reads', at));
    });
  });
}
