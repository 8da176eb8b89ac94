import { MessageChannel } from 'node:worker_threads';
import { type AnalyticsStore, type AnalyticsThread, connectAnalytics, startAnalyticsThread } from '@isotherm/analytics';
import { createPlacement, type Placement } from '@isotherm/placement';
import type { ComputeCalls, ComputeThreadData } from '../threads/compute-thread.ts';
import type { IngestCalls, IngestThreadData } from '../threads/ingest-thread.ts';
import { type ClosableCalls, type SupervisedThread, superviseThread } from '../threads/supervise-thread.ts';
import { type SupervisedWorker, superviseWorker, type WorkerInstance } from '../threads/supervise-worker.ts';
import { onceReady, onReady } from '../threads/worker-ready.ts';
import { configOfStart, resultSettingsOf } from './config-of-start.ts';
import type { PlatformContext, SupervisionContext } from './platform-context.ts';
import { untilWritable } from './until-writable.ts';

/** The engine merges what the last run left only once compute is back: on two cores it would take as long again. */
const MERGES_AFTER_MS = 15_000;

/** Free bytes without which the engine is not opened again: it would drop writes, and could not say what it lacks. */
const ENGINE_NEEDS_BYTES = 32 * 1024 * 1024;

/** The ingest thread. */
export interface IngestThread extends SupervisedThread<IngestCalls> {
  /** host:port of gRPC ingest; the same after every restart. */
  readonly address: string;
  /** host:port for the platform's internal calls; the same as `address` without TLS. */
  readonly internalAddress: string;
}

/** The thread of a compute shard. */
export interface ShardThread extends SupervisedThread<ComputeCalls> {
  readonly name: string;
  /** host:port of hot reads; another one after a restart. */
  readonly address: string;
}

/** The compute shards and who has which partition. */
export interface Shards {
  readonly shards: readonly ShardThread[];
  readonly placement: Placement;
}

/** The analytical store on its thread. */
export interface AnalyticsWorker {
  /** The store for the main thread, whichever instance of the thread it is. */
  readonly store: AnalyticsStore;
  readonly worker: SupervisedWorker<WorkerInstance & Pick<AnalyticsThread, 'port'>>;
}

/** Starts ingest on a thread of its own; it is the log's writer. */
export function superviseIngest(context: SupervisionContext): IngestThread {
  const { options, internal } = context;
  let address = '';
  let internalAddress = '';
  const thread = superviseThread<IngestCalls>(
    {
      name: 'ingest',
      entry: new URL('../threads/ingest-thread.ts', import.meta.url),
      prepare: (again) => ({
        workerData: {
          ...sharedData(context),
          name: 'ingest',
          host: options.host,
          // Producers find it again where it was.
          port: again ? portOf(address) : options.ingestPort,
          access: {
            tenants: options.tenants,
            tls: options.tls,
            internal: internal.tls && { tls: internal.tls, port: again ? portOf(internalAddress) : 0 },
          },
          takeOver: again,
        } satisfies IngestThreadData,
      }),
      async begun({ call }) {
        ({ address, internalAddress } = await call('addresses', undefined));
      },
    },
    { ...context, clock: Date.now },
  );
  supervised(context, 'ingest', [thread]);
  return {
    ...thread,
    get address() {
      return address;
    },
    get internalAddress() {
      return internalAddress;
    },
  };
}

function portOf(address: string): number {
  return Number(address.slice(address.lastIndexOf(':') + 1));
}

/** Starts the ClickHouse engine on a thread of its own, after `before`, and brings its tables up to date. */
export function superviseAnalytics(context: PlatformContext, before: Promise<unknown>): AnalyticsWorker {
  const { options, directory, logger, lifecycle } = context;
  const store = connectAnalytics();
  const start = async (again: boolean) => {
    await before;
    // An engine that has ended because the disk is full would only end again.
    const over = () => lifecycle.state === 'draining' || lifecycle.state === 'failed' || lifecycle.state === 'stopped';
    if (again) await untilWritable(directory.analytics, ENGINE_NEEDS_BYTES, { logger, over });
    const thread = await startAnalyticsThread({
      path: directory.analytics,
      scratchDirectory: directory.scratch,
      rawRetentionSeconds: options.rawRetentionHours * 3600,
      quietMs: MERGES_AFTER_MS,
    });
    await thread.migrate().catch(async (error: unknown) => {
      await thread.close();
      throw error;
    });
    store.attach(thread.port());
    return { ended: thread.ended, port: thread.port, kill: thread.kill, close: thread.close };
  };
  const worker = superviseWorker({ ...context, name: 'analytics', clock: Date.now, start });
  return { store, worker };
}

/** Starts the compute shards, each on a thread of its own. They begin their work when ingest is up, which makes the log. */
export function superviseShards(
  context: SupervisionContext,
  deps: { readonly ingest: IngestThread; readonly analytics: AnalyticsWorker },
): Shards {
  const { options } = context;
  const names = Array.from({ length: options.shards }, (_, index) => `shard-${index}`);
  const placement = createPlacement({ shards: names, partitionCount: options.partitions, epoch: 1 });
  const restored = new Map<string, number>();
  const addresses = new Map<string, string>();
  const shards = names.map((name): ShardThread => {
    const thread = superviseThread<ComputeCalls>(
      {
        name,
        entry: new URL('../threads/compute-thread.ts', import.meta.url),
        prepare: () => ({
          workerData: {
            ...sharedData(context),
            name,
            host: '127.0.0.1',
            port: 0,
            placement,
            storeFault: process.env['ISOTHERM_STORE_FAULT'],
          } satisfies ComputeThreadData,
        }),
        before: () => onceReady(deps.ingest.worker),
        async begun({ call }) {
          addresses.set(name, await call('address', undefined));
        },
        progress(done) {
          restored.set(name, done);
          const sum = [...restored.values()].reduce((total, partitions) => total + partitions, 0);
          context.progress(`restoring state ${sum}/${options.partitions} partitions`);
        },
      },
      { ...context, clock: Date.now },
    );
    return {
      ...thread,
      name,
      get address() {
        return addresses.get(name) ?? '';
      },
    };
  });
  supervised(context, 'compute', shards);
  for (const shard of shards) {
    keepConnected(shard, deps.analytics);
    keepTicking(shard, deps.ingest);
  }
  return { shards, placement };
}

/** Gives the shard a port to the analytical store whenever either of them has begun an instance. */
function keepConnected(shard: ShardThread, { worker }: AnalyticsWorker): void {
  const connect = () => {
    const port = shard.worker.instance === undefined ? undefined : worker.instance?.port();
    if (port !== undefined) void shard.call('attachAnalytics', port, { transfer: [port] }).catch(() => port.close());
  };
  onReady(shard.worker, connect);
  onReady(worker, connect);
}

/** Gives the shard a way to append ticks to the log, which the ingest thread writes, whenever either has begun an instance. */
function keepTicking(shard: ShardThread, ingest: IngestThread): void {
  const connect = () => {
    if (shard.worker.instance === undefined || ingest.worker.instance === undefined) return;
    const { port1, port2 } = new MessageChannel();
    const close = () => port1.close();
    void ingest.call('serveTicks', port1, { transfer: [port1] }).catch(close);
    void shard.call('attachTicks', port2, { transfer: [port2] }).catch(close);
  };
  onReady(shard.worker, connect);
  onReady(ingest.worker, connect);
}

/** Enters threads where probes look for them. */
function supervised<Api extends ClosableCalls & Pick<ComputeCalls, 'exposition'>>(
  { expositions, health }: SupervisionContext,
  name: string,
  threads: readonly SupervisedThread<Api>[],
): void {
  for (const { worker, call } of threads) {
    expositions.push(() => (worker.state === 'ready' ? call('exposition', undefined) : Promise.resolve('')));
    worker.onStateChange(() => health.set(name, whyNotReady(threads)));
  }
  health.set(name, whyNotReady(threads));
}

function whyNotReady(threads: readonly Pick<SupervisedThread<ClosableCalls>, 'worker'>[]): string | undefined {
  const waiting = threads.filter(({ worker }) => worker.state !== 'ready');
  return waiting.length === 0
    ? undefined
    : `${waiting.map(({ worker }) => `${worker.name} is ${worker.state}`).join(', ')}.`;
}

function sharedData({ options, directory, flushState }: PlatformContext) {
  return {
    config: configOfStart(options, directory),
    settings: resultSettingsOf(options),
    flushState,
    // For crash tests alone: no setting of the platform.
    phaseLog: process.env['ISOTHERM_PHASE_LOG'],
  };
}
