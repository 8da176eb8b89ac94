import type { MessagePort } from 'node:worker_threads';
import { workerData } from 'node:worker_threads';
import { connectAnalytics } from '@isotherm/analytics';
import { openDirectoryCheckpoints } from '@isotherm/checkpoint';
import { type ShardOptions, type ShardStats, startShard } from '@isotherm/compute';
import { openLmdbLog } from '@isotherm/log';
import { createPlacementHolder, type Placement } from '@isotherm/placement';
import { systemRuntime } from '@isotherm/runtime';
import { createLogger, type LogLevel, serveWorker, startTelemetry } from '@isotherm/service-kit';
import { failOnDemand } from './fail-on-demand.ts';
import { connectLogWriter } from './log-writer-port.ts';
import { markPhases } from './mark-phases.ts';

/** What a compute thread is given. */
export interface ComputeThreadData {
  readonly shard: string;
  readonly placement: Placement;
  readonly logPath: string;
  readonly flushState: SharedArrayBuffer;
  readonly checkpointPath: string;
  readonly options: Partial<ShardOptions>;
  readonly logLevel: LogLevel;
  readonly version: string;
  readonly otlpEndpoint: string | undefined;
  /** Where phases are marked for crash tests; undefined for nowhere. */
  readonly phaseLog: string | undefined;
  /** File in which crash tests demand that the analytical store fails; undefined for none. */
  readonly storeFault: string | undefined;
}

/** Calls of a compute thread. */
export type ComputeCalls = {
  address: { argument: undefined; result: string };
  pulse: { argument: undefined; result: ShardStats };
  retentionFloors: { argument: undefined; result: ReadonlyMap<number, number> };
  exposition: { argument: undefined; result: string };
  /** The analytical store is at the other end of this port from now on. */
  attachAnalytics: { argument: MessagePort; result: undefined };
  /** The ticks of idle partitions are appended by whoever is at the other end of this port from now on. */
  attachTicks: { argument: MessagePort; result: undefined };
  close: { argument: undefined; result: undefined };
};

serveWorker<ComputeCalls>(async (host) => {
  const data = workerData as ComputeThreadData;
  const telemetry = await startTelemetry({
    service: 'isotherm-compute',
    version: data.version,
    otlpEndpoint: data.otlpEndpoint,
  });
  const logger = createLogger({ service: 'compute', level: data.logLevel });
  const log = await openLmdbLog({
    path: data.logPath,
    partitionCount: data.placement.partitionCount,
    mode: 'reader',
    flushState: data.flushState,
  });
  const ticks = connectLogWriter();
  const checkpoints = await openDirectoryCheckpoints({ path: data.checkpointPath });
  const connection = connectAnalytics();
  // A write that is made to fail or hang is no insert: marked is what reaches the store.
  const inserts = markPhases(
    connection,
    { writeMinuteRows: 'insert', writeRawRows: 'insert', writeDeadLetters: 'insert' },
    data.phaseLog,
  );
  const analytics = failOnDemand(inserts, ['writeMinuteRows', 'writeRawRows', 'writeDeadLetters'], data.storeFault);
  const shard = await startShard(
    {
      name: data.shard,
      placement: createPlacementHolder(data.placement),
      log,
      ticks,
      checkpoints: markPhases(checkpoints, { commit: 'checkpoint' }, data.phaseLog),
      analytics,
      logger,
      runtime: systemRuntime,
      failed: (error) => host.failed(error),
      restored: (done, total) => host.progress(done, total),
    },
    data.options,
  );
  return {
    address: () => shard.address,
    pulse: () => shard.stats(),
    retentionFloors: () => shard.retentionFloors(),
    exposition: () => telemetry.exposition(),
    attachTicks: (port) => void ticks.attach(port),
    attachAnalytics: (port) => void connection.attach(port),
    async close() {
      await shard.close();
      ticks.close();
      await connection.close();
      await checkpoints.close();
      await log.close();
      await telemetry.shutdown();
      return undefined;
    },
  };
});
