import { type MessagePort, workerData } from 'node:worker_threads';
import type { IngestStats, ListenAddress } from '@isotherm/ingest';
import { allPartitions, type Log } from '@isotherm/log';
import {
  givenModule,
  IsothermError,
  type IsothermErrorOptions,
  serveWorker,
  startServiceGroup,
  wrappedModule,
} from '@isotherm/service-kit';
import { type Access, type Modules, roleModules } from '../modules.ts';
import { serveLogWriter } from './log-writer-port.ts';
import { markPhases } from './mark-phases.ts';
import { type RefusableLog, refusableLog } from './refusable-log.ts';
import { type RoleThreadData, threadContext } from './thread-context.ts';
// Loaded at once, while the thread that starts this one does other things.
import '@isotherm/ingest';

/** What the ingest thread is given. */
export interface IngestThreadData extends RoleThreadData {
  readonly access: Access;
  /** Whether an earlier thread of this process wrote to the log and has ended without closing it. */
  readonly takeOver: boolean;
}

/** What is durable and when it was looked at. */
export interface IngestReport {
  readonly stats: IngestStats;
  readonly incarnation: string;
  /** Accepted observations in the log since it began. */
  readonly observationsAcked: number;
  readonly logBytes: number;
}

/** Calls of the ingest thread. */
export type IngestCalls = {
  /** Where it listens, host:port. */
  addresses: { argument: undefined; result: { readonly address: string; readonly internalAddress: string } };
  stats: { argument: undefined; result: IngestReport };
  trim: { argument: ReadonlyMap<number, number>; result: undefined };
  /** Appends the ticks that come in through this port from now on. */
  serveTicks: { argument: MessagePort; result: undefined };
  /** Makes ingest refuse everything with this error, or take it again. */
  refuse: { argument: IsothermErrorOptions | undefined; result: undefined };
  exposition: { argument: undefined; result: string };
  drain: { argument: undefined; result: undefined };
  close: { argument: undefined; result: undefined };
};

serveWorker<IngestCalls>(async (host) => {
  const data = workerData as IngestThreadData;
  const context = threadContext('ingest', data, { failed: host.failed, takeOver: data.takeOver });
  const modules = roleModules(context);
  let refusable: RefusableLog | undefined;
  const guarded = (log: Log): Log => {
    refusable = refusableLog(log);
    return markPhases(refusable.log, { append: 'append' }, data.phaseLog);
  };
  const group = await startServiceGroup<Modules>(
    {
      ...modules,
      health: givenModule({ address: '', set: () => undefined }),
      access: givenModule(data.access),
      logWriter: wrappedModule(modules.logWriter, guarded),
    },
    ['ingest', 'telemetry'],
    context,
  );
  const { ingest, logWriter: log, telemetry } = group.values;
  return {
    addresses: () => ({ address: textOf(ingest.address), internalAddress: textOf(ingest.internalAddress) }),
    async stats(): Promise<IngestReport> {
      const extents = await log.extents(allPartitions(log.partitionCount));
      return {
        stats: ingest.stats(),
        incarnation: log.incarnation,
        observationsAcked: [...extents.values()].reduce((sum, extent) => sum + (extent.weight ?? 0), 0),
        logBytes: await log.sizeBytes(),
      };
    },
    serveTicks: (port) => void serveLogWriter(port, log),
    trim: async (keepFrom) => void (await log.trim(keepFrom)),
    refuse: (error) => void refusable?.refuse(error === undefined ? undefined : new IsothermError(error)),
    exposition: () => telemetry.exposition(),
    drain: async () => void (await ingest.drain()),
    close: async () => void (await group.close()),
  };
});

function textOf({ host, port }: ListenAddress): string {
  return `${host}:${port}`;
}
