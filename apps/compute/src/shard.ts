import { Server } from '@grpc/grpc-js';
import { ComputeService } from '@isotherm/contracts/compute/v1/compute_service';
import { ControlService } from '@isotherm/contracts/compute/v1/control_service';
import {
  createLifecycle,
  grpcDefinition,
  listenError,
  onlyServices,
  type ServiceTls,
  serviceServerCredentials,
} from '@isotherm/service-kit';
import { controlService } from './control/control-service.ts';
import { computeService } from './reads/compute-service.ts';
import { createLiveHub } from './reads/live-hub.ts';
import { createShardEngine, type ShardDeps } from './shard-engine.ts';
import { resolveShardOptions, type ShardOptions } from './shard-options.ts';
import { createLagMeter } from './status/partition-lag.ts';
import { registerShardMetrics } from './status/shard-metrics.ts';
import type { ShardStats } from './status/shard-stats.ts';
import { shardStatusMessage } from './status/shard-status-message.ts';

/** Services that move partitions. */
const MOVERS = ['operator', 'coordinator'] as const;
/** Services that read. */
const READERS = ['query', ...MOVERS] as const;

/** A running shard. */
export interface Shard extends AsyncDisposable {
  /** host:port of hot reads. */
  readonly address: string;
  /** host:port of control calls; undefined where there are none. */
  readonly controlAddress: string | undefined;
  stats(): Promise<ShardStats>;
  /** How many partitions it owns now, or still writes the last checkpoint of. */
  ownedPartitions(): number;
  /** Offsets from which the log is still needed, by partition. */
  trimOffsets(): ReadonlyMap<number, number>;
  /** Applies what is durable now, stores rows, writes a checkpoint, and stops. Idempotent. */
  close(): Promise<void>;
}

/**
 * Starts a shard: its engine, the hot reads over it, and control calls. When the promise resolves it owns what the
 * placement gives to it; one without a placement (epoch 0) waits for SetPlacement.
 */
export async function startShard(deps: ShardDeps, partial: Partial<ShardOptions> = {}): Promise<Shard> {
  const options = resolveShardOptions(partial);
  const { log, logger, name, runtime } = deps;
  const lifecycle = createLifecycle(`compute shard ${name}`, logger);
  const startedMs = runtime.monotonicMs();
  const engine = await createShardEngine(deps, options);
  const { table, placement, waiters, recordWaiters, logEnds, rowWriter, stats } = engine;
  const unregister = registerShardMetrics(name, table, stats);
  const hub = createLiveHub(table, runtime);
  const server = serverFor(READERS, 'hot reads', options);
  server.addService(
    grpcDefinition(ComputeService),
    computeService({
      shard: name,
      log: { incarnation: log.incarnation, partitionCount: log.partitionCount, extents: logEnds.extents },
      placement,
      epoch: () => engine.control.epoch,
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
  const control = serverFor(MOVERS, 'control calls', options);
  control.addService(grpcDefinition(ControlService), controlService({ control: engine.control, runtime, stats }));

  let closing: Promise<void> | undefined;
  async function close(): Promise<void> {
    lifecycle.moveTo('draining');
    unregister();
    await engine.stop();
    hub.close();
    server.forceShutdown();
    control.forceShutdown();
    lifecycle.moveTo('stopped');
  }
  const closeOnce = () => {
    closing ??= close();
    return closing;
  };
  let port: number;
  let controlPort: number | undefined;
  try {
    // Whoever moves partitions sees a shard that is starting.
    if (options.controlPort !== undefined) {
      controlPort = await listen(control, { ...options, port: options.controlPort, what: 'control calls' });
    }
    await engine.start();
    port = await listen(server, { ...options, what: 'hot reads' });
  } catch (error) {
    unregister();
    control.forceShutdown();
    await engine.stop();
    lifecycle.moveTo('failed', error instanceof Error ? error.message : String(error));
    throw error;
  }
  lifecycle.moveTo('ready');
  const tookMs = Math.round(runtime.monotonicMs() - startedMs);
  logger.info({ shard: name, partitions: table.partitions.length, tookMs }, 'Compute shard started');
  return {
    address: `${options.host}:${port}`,
    controlAddress: controlPort === undefined ? undefined : `${options.host}:${controlPort}`,
    stats,
    ownedPartitions: () => table.inPhase('owning', 'releasing').length,
    trimOffsets: engine.trimOffsets,
    close: closeOnce,
    [Symbol.asyncDispose]: closeOnce,
  };
}

function serverFor(
  callers: readonly string[],
  purpose: string,
  { tls }: { readonly tls: ServiceTls | undefined },
): Server {
  return new Server(tls === undefined ? {} : { interceptors: [onlyServices(callers, purpose)] });
}

function listen(
  server: Server,
  at: Pick<ShardOptions, 'host' | 'port' | 'tls'> & { readonly what: string },
): Promise<number> {
  return new Promise((resolve, reject) => {
    server.bindAsync(`${at.host}:${at.port}`, serviceServerCredentials(at.tls, at.what), (error, port) => {
      if (error === null) resolve(port);
      else reject(listenError(error, at.what, at));
    });
  });
}
