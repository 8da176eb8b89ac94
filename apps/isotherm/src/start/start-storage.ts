import { type AnalyticsStore, type AnalyticsThread, connectAnalytics, startAnalyticsThread } from '@isotherm/analytics';
import { createPlacement, type Placement } from '@isotherm/placement';
import { VERSION } from '../paths.ts';
import type { ComputeThreadCalls, ComputeThreadData } from '../threads/compute-thread.ts';
import type { IngestThreadCalls, IngestThreadData } from '../threads/ingest-thread.ts';
import { type PartLife, type SupervisedPart, supervisePart } from '../threads/supervise-part.ts';
import { type ClosableCalls, type SupervisedThread, superviseThread } from '../threads/supervise-thread.ts';
import { eachTimeUp, whenUp } from '../threads/when-up.ts';
import type { PlatformContext } from './platform-context.ts';
import { untilWritable } from './until-writable.ts';

/** Share of the disk cap that the log may take; the rest is for results. */
const LOG_SHARE = 0.5;

/** The engine merges what the last run left only once compute is back: on two cores it would take as long again. */
const MERGES_AFTER_MS = 15_000;

/** Free bytes without which the engine is not opened again: it would drop writes, and could not say what it lacks. */
const ENGINE_NEEDS_BYTES = 32 * 1024 * 1024;

/** The ingest thread. */
export interface IngestThread extends SupervisedThread<IngestThreadCalls> {
  /** host:port of gRPC ingest; the same after every restart. */
  readonly address: string;
  /** host:port for the platform's own calls; the same as `address` without TLS. */
  readonly innerAddress: string;
}

/** The thread of a compute shard. */
export interface ShardThread extends SupervisedThread<ComputeThreadCalls> {
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
export interface AnalyticsPart {
  /** The store for the main thread, whichever life of the thread it is. */
  readonly store: AnalyticsStore;
  readonly part: SupervisedPart<PartLife & Pick<AnalyticsThread, 'port'>>;
}

/** Starts ingest on a thread of its own; it is the log's writer. */
export function superviseIngest(context: PlatformContext): IngestThread {
  const { options, own } = context;
  let address = '';
  let innerAddress = '';
  const thread = superviseThread<IngestThreadCalls>(
    {
      name: 'ingest',
      entry: new URL('../threads/ingest-thread.ts', import.meta.url),
      prepare: (again) => ({
        workerData: {
          ...sharedData(context),
          host: options.host,
          // Producers find it again where it was.
          port: again ? portOf(address) : options.ingestPort,
          tls: options.tls,
          inner: own.tls && { tls: own.tls, port: again ? portOf(innerAddress) : 0 },
          succeed: again,
          partitionCount: options.partitions,
          maxLogBytes: Math.floor(options.diskCapBytes * LOG_SHARE),
          minFreeBytes: options.diskReserveBytes,
          settings: { formula: options.formula },
          tenants: options.tenants,
        } satisfies IngestThreadData,
      }),
      async begun({ call }) {
        ({ address, innerAddress } = await call('addresses', undefined));
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
    get innerAddress() {
      return innerAddress;
    },
  };
}

function portOf(address: string): number {
  return Number(address.slice(address.lastIndexOf(':') + 1));
}

/** Starts the ClickHouse engine on a thread of its own, after `before`, and brings its tables up to date. */
export function superviseAnalytics(context: PlatformContext, before: Promise<unknown>): AnalyticsPart {
  const { options, directory, closers, logger, lifecycle } = context;
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
  const part = supervisePart({ ...context, name: 'analytics', clock: Date.now, start });
  closers.push(async () => {
    await store.close();
    await part.close();
  });
  return { store, part };
}

/** Starts the compute shards, each on a thread of its own. They begin their work when ingest is up, which makes the log. */
export function superviseShards(
  context: PlatformContext,
  deps: { readonly ingest: IngestThread; readonly analytics: AnalyticsPart },
): Shards {
  const { options, directory } = context;
  const names = Array.from({ length: options.shards }, (_, index) => `shard-${index}`);
  const placement = createPlacement({ shards: names, partitionCount: options.partitions, epoch: 1 });
  const restored = new Map<string, number>();
  const addresses = new Map<string, string>();
  const shards = names.map((name): ShardThread => {
    const thread = superviseThread<ComputeThreadCalls>(
      {
        name,
        entry: new URL('../threads/compute-thread.ts', import.meta.url),
        prepare: () => ({
          workerData: {
            ...sharedData(context),
            shard: name,
            placement,
            checkpointPath: directory.checkpoints,
            storeFault: process.env['ISOTHERM_STORE_FAULT'],
            options: { storeRaw: options.storeRaw, checkpointIntervalMs: options.checkpointSeconds * 1000 },
          } satisfies ComputeThreadData,
        }),
        before: () => whenUp(deps.ingest.part),
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
  for (const shard of shards) keepConnected(shard, deps.analytics);
  return { shards, placement };
}

/** Gives the shard a port to the analytical store whenever either of them has begun a life. */
function keepConnected(shard: ShardThread, { part }: AnalyticsPart): void {
  const connect = () => {
    const port = shard.part.life === undefined ? undefined : part.life?.port();
    if (port !== undefined) void shard.call('attachAnalytics', port, { transfer: [port] }).catch(() => port.close());
  };
  eachTimeUp(shard.part, connect);
  eachTimeUp(part, connect);
}

/** Enters threads where the platform looks for its parts. */
function supervised<Calls extends ClosableCalls & Pick<ComputeThreadCalls, 'exposition'>>(
  { closers, expositions, ready }: PlatformContext,
  name: string,
  threads: readonly SupervisedThread<Calls>[],
): void {
  for (const { part, call } of threads) {
    closers.push(() => part.close());
    expositions.push(() => (part.state === 'up' ? call('exposition', undefined) : Promise.resolve('')));
    part.onMove(() => {
      ready[name] = threads.every((thread) => thread.part.state === 'up');
    });
  }
}

function sharedData({ options, directory, flushState }: PlatformContext) {
  return {
    logPath: directory.log,
    flushState,
    logLevel: options.logLevel,
    version: VERSION,
    otlpEndpoint: options.otlpEndpoint,
    // For crash tests alone: no setting of the platform.
    phaseLog: process.env['ISOTHERM_PHASE_LOG'],
  };
}
