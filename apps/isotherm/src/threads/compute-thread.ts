import { type MessagePort, workerData } from 'node:worker_threads';
import { connectAnalytics } from '@isotherm/analytics';
import type { ShardStats } from '@isotherm/compute';
import { createPlacementHolder, type Placement } from '@isotherm/placement';
import { givenModule, serveWorker, startServiceGroup, wrappedModule } from '@isotherm/service-kit';
import { type Modules, roleModules } from '../modules.ts';
import { failOnDemand } from './fail-on-demand.ts';
import { connectLogWriter } from './log-writer-port.ts';
import { markPhases } from './mark-phases.ts';
import { type RoleThreadData, threadContext } from './thread-context.ts';
// Loaded at once, while the thread that starts this one does other things.
import '@isotherm/compute';

/** What a compute thread is given. */
export interface ComputeThreadData extends RoleThreadData {
  readonly placement: Placement;
  /** File in which crash tests demand that the analytical store fails; undefined for none. */
  readonly storeFault: string | undefined;
}

/** Calls of a compute thread. */
export type ComputeCalls = {
  address: { argument: undefined; result: string };
  stats: { argument: undefined; result: ShardStats };
  trimOffsets: { argument: undefined; result: ReadonlyMap<number, number> };
  exposition: { argument: undefined; result: string };
  /** The analytical store is at the other end of this port from now on. */
  attachAnalytics: { argument: MessagePort; result: undefined };
  /** The ticks of idle partitions are appended by whoever is at the other end of this port from now on. */
  attachTicks: { argument: MessagePort; result: undefined };
  close: { argument: undefined; result: undefined };
};

serveWorker<ComputeCalls>(async (host) => {
  const data = workerData as ComputeThreadData;
  const { phaseLog, storeFault } = data;
  const context = threadContext('compute', data, host);
  const ticks = connectLogWriter();
  const connection = connectAnalytics();
  // A write that is made to fail or hang is no insert: marked is what reaches the store.
  const inserts = markPhases(
    connection,
    { writeMinuteRows: 'insert', writeRawRows: 'insert', writeDeadLetters: 'insert' },
    phaseLog,
  );
  const analytics = failOnDemand(inserts, ['writeMinuteRows', 'writeRawRows', 'writeDeadLetters'], storeFault);
  const modules = roleModules({ ...context, restored: host.progress });
  const group = await startServiceGroup<Modules>(
    {
      ...modules,
      health: givenModule({ address: '', set: () => undefined }),
      placement: givenModule(createPlacementHolder(data.placement)),
      ticks: givenModule(ticks, () => ticks.close()),
      analytics: givenModule(analytics, () => connection.close()),
      checkpoints: wrappedModule(modules.checkpoints, (store) => markPhases(store, { commit: 'checkpoint' }, phaseLog)),
    },
    ['compute', 'telemetry'],
    context,
  );
  const { compute, telemetry } = group.values;
  return {
    address: () => compute.address,
    stats: () => compute.stats(),
    trimOffsets: () => compute.trimOffsets(),
    exposition: () => telemetry.exposition(),
    attachTicks: (port) => void ticks.attach(port),
    attachAnalytics: (port) => void connection.attach(port),
    close: async () => void (await group.close()),
  };
});
