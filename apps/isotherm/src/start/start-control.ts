import { type ControlSocket, openControlSocket } from '../control/control-socket.ts';
import { controlSocketPath } from '../control/control-socket-path.ts';
import { takeLedger } from '../control/take-ledger.ts';
import type { WorkerKind, WorkerReport } from '../control/worker-report.ts';
import type { SupervisedWorker, WorkerInstance } from '../threads/supervise-worker.ts';
import type { PlatformContext } from './platform-context.ts';
import type { AnalyticsWorker, IngestThread, ShardThread } from './supervise-workers.ts';

/** The platform's workers. */
export interface ControlledWorkers {
  readonly ingest: IngestThread;
  readonly analytics: AnalyticsWorker;
  readonly shards: readonly ShardThread[];
}

/** Opens the control socket in the data directory: what workers there are, and, with `--chaos`, how to kill them. */
export async function startControl(context: PlatformContext, workers: ControlledWorkers): Promise<ControlSocket> {
  const { options, directory, logger } = context;
  const { ingest, analytics, shards } = workers;
  const cities = new Map<string, number>();
  const entries: readonly (readonly [WorkerKind, SupervisedWorker<WorkerInstance>])[] = [
    ...shards.map(({ worker }) => ['compute', worker] as const),
    ['ingest', ingest.worker],
    ['analytics', analytics.worker],
  ];
  const report = (kind: WorkerKind, worker: SupervisedWorker<WorkerInstance>): WorkerReport => ({
    name: worker.name,
    kind,
    state: worker.state,
    restarts: worker.restarts,
    outage: worker.outage ?? null,
    cities: cities.get(worker.name) ?? 0,
  });
  return await openControlSocket({
    path: controlSocketPath(directory.root),
    chaos: options.chaos,
    logger,
    workers() {
      for (const shard of shards) {
        // For the next time: what a shard answers for is asked while it can say so.
        void shard.call('stats', undefined).then(
          (stats) => cities.set(shard.name, stats.cities),
          () => undefined,
        );
      }
      return entries.map(([kind, worker]) => report(kind, worker));
    },
    ledger: () => takeLedger(ingest, shards),
    kill: (name) => entries.find(([, worker]) => worker.name === name)?.[1].kill() ?? false,
  });
}
