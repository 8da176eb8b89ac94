import { Server, ServerCredentials } from '@grpc/grpc-js';
import { ComputeService } from '@isotherm/contracts/compute/v1/compute_service';
import { createLifecycle, grpcDefinition, listenError } from '@isotherm/service-kit';
import { computeService } from './reads/compute-service.ts';
import { createLiveHub } from './reads/live-hub.ts';
import { type ShardDeps, startShardEngine } from './shard-engine.ts';
import { resolveShardOptions, type ShardOptions } from './shard-options.ts';
import { registerShardMetrics } from './status/shard-metrics.ts';
import type { ShardPulse } from './status/shard-pulse.ts';
import { shardStatus } from './status/shard-status.ts';

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

/** Starts a shard: its engine, and the hot reads over it. */
export async function startShard(deps: ShardDeps, partial: Partial<ShardOptions> = {}): Promise<Shard> {
  const options = resolveShardOptions(partial);
  const { log, logger, name, runtime } = deps;
  const lifecycle = createLifecycle(`compute shard ${name}`, logger);
  const startedMs = runtime.monotonicMs();
  const engine = await startShardEngine(deps, options);
  const { runtimes, waiters, rowWriter, pulse } = engine;
  const hub = createLiveHub(runtimes, runtime);
  const server = new Server();
  server.addService(
    grpcDefinition(ComputeService),
    computeService({
      log,
      placement: deps.placement,
      runtimes,
      waiters,
      hub,
      runtime,
      flushRows: () => rowWriter.flush({ includeOpen: true }),
      status: async () =>
        shardStatus(
          { shard: name, epoch: deps.placement.current().epoch, nowMs: runtime.now() },
          runtimes,
          await log.extents(runtimes.keys()),
        ),
    }),
  );
  const port = await listen(server, options);
  lifecycle.moveTo('ready');
  const tookMs = Math.round(runtime.monotonicMs() - startedMs);
  logger.info({ shard: name, partitions: runtimes.size, tookMs }, 'Compute shard started');
  const unregister = registerShardMetrics(name, pulse);

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
  return {
    address: `${options.host}:${port}`,
    pulse,
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
