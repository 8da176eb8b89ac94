import { createPlacementHolder } from '@isotherm/placement';
import {
  givenModule,
  type IsothermErrorOptions,
  type ModuleList,
  mergeExpositions,
  moduleOf,
  startHealth,
} from '@isotherm/service-kit';
import type { FeedThread } from '../feed/start-feed-thread.ts';
import { type Modules, roleModules } from '../modules.ts';
import { startTrimming } from '../roles/start-trimming.ts';
import { onReady } from '../threads/worker-ready.ts';
import { configOfStart, resultSettingsOf } from './config-of-start.ts';
import { startDiskCap } from './disk-cap.ts';
import { startFreeSpaceWatch } from './free-space-watch.ts';
import type { PlatformContext } from './platform-context.ts';
import { startControl } from './start-control.ts';
import { startDemoFeed } from './start-demo-feed.ts';
import { type StatsLoop, startStatsLoop } from './stats-loop.ts';
import {
  type AnalyticsWorker,
  type IngestThread,
  type Shards,
  superviseAnalytics,
  superviseIngest,
  superviseShards,
} from './supervise-workers.ts';

/** What the modules of the platform in one process are to others, besides those of its roles. */
export interface PlatformModules extends Modules {
  /** The role ingest on its thread; it loads, and is up when `logReady` is. */
  readonly ingestThread: IngestThread;
  readonly logReady: undefined;
  readonly analyticsThread: AnalyticsWorker;
  /** The role compute, on a thread for each shard. */
  readonly computeThreads: Shards;
  /** Every thread is up: state is restored. */
  readonly restored: undefined;
  readonly diskLimits: undefined;
  readonly trimming: undefined;
  /** Code of the API, which is most of what there is to load: that goes on while threads start. */
  readonly queryCode: unknown;
  readonly statsLoop: StatsLoop;
  /** The API learns where shards answer after a restart. */
  readonly shardAddresses: undefined;
  readonly control: undefined;
  /** Observations are taken; closing it, no more are. */
  readonly intake: undefined;
  readonly feed: { current: FeedThread | undefined };
  readonly demoFeed: undefined;
}

/** What there is in one process only. */
type Added = Exclude<keyof PlatformModules, keyof Modules>;

/** Modules that the platform in one process is made of, besides those that they need. */
export const PLATFORM = ['demoFeed', 'intake', 'control', 'trimming', 'diskLimits'] as const;

const module = moduleOf<PlatformModules>();

/**
 * The roles ingest, compute and query in one process: the first two on threads, which load their code side by side. All
 * wait for the log, which finds out whether the directory is free.
 */
export function platformModules(context: PlatformContext): ModuleList<PlatformModules> {
  const { options, directory, logger, internal } = context;
  const roles = roleModules({
    role: 'query',
    name: 'isotherm',
    config: configOfStart(options, directory),
    settings: resultSettingsOf(options),
    host: options.host,
    port: options.apiPort,
    metricsPort: options.metricsPort,
    logger: logger.child({ service: 'query' }),
    lifecycle: context.lifecycle,
    failed: (error) => context.failed(error instanceof Error ? error : new Error(String(error))),
    stopping: new AbortController().signal,
  });
  return {
    // What they need is among the platform's modules as well.
    ...(roles as unknown as Omit<ModuleList<PlatformModules>, Added>),
    health: module(['telemetry'], async ({ telemetry }) => {
      context.expositions.push(() => telemetry.exposition());
      const health = await startHealth(
        async () => mergeExpositions(await Promise.all(context.expositions.map((exposition) => exposition()))),
        { host: options.host, port: options.metricsPort },
      );
      context.lifecycle.onMove((state) => {
        if (state === 'failed') health.fail('A part of the platform failed; its log says which.');
        else health.set('platform', state === 'ready' ? undefined : `The platform is ${state}.`);
      });
      health.set('platform', 'The platform is starting.');
      return { value: health, close: () => health.close() };
    }),
    access: givenModule({ tenants: options.tenants, tls: options.tls }),
    ingestThread: module(['health'], ({ health }) => {
      const ingest = superviseIngest({ ...context, health });
      return { value: ingest, close: () => ingest.worker.close() };
    }),
    logReady: module(['ingestThread'], async ({ ingestThread }) => {
      context.progress('opening the log');
      await ingestThread.worker.ready;
      context.progress('restoring state');
      return { value: undefined };
    }),
    analyticsThread: module(['ingestThread'], ({ ingestThread }) => {
      const thread = superviseAnalytics(context, ingestThread.worker.ready);
      const close = async () => {
        await thread.store.close();
        await thread.worker.close();
      };
      return { value: thread, close };
    }),
    computeThreads: module(
      ['ingestThread', 'analyticsThread', 'health'],
      ({ ingestThread, analyticsThread, health }) => {
        const threads = superviseShards({ ...context, health }, { ingest: ingestThread, analytics: analyticsThread });
        return { value: threads, close: () => Promise.all(threads.shards.map(({ worker }) => worker.close())) };
      },
    ),
    restored: module(
      ['logReady', 'analyticsThread', 'computeThreads'],
      async ({ analyticsThread, computeThreads: { shards } }) => {
        await Promise.all([analyticsThread.worker.ready, ...shards.map(({ worker }) => worker.ready)]);
        return { value: undefined };
      },
    ),
    diskLimits: module(['logReady', 'ingestThread'], async ({ ingestThread }) => {
      const close = await startDiskLimits(context, ingestThread);
      return { value: undefined, close };
    }),
    trimming: module(['restored', 'ingestThread', 'computeThreads'], ({ ingestThread, computeThreads: { shards } }) => {
      const trimming = startTrimming({
        log: { trim: (keepFrom) => ingestThread.call('trim', keepFrom) },
        // What a shard that is unavailable still needs is not known: then nothing is dropped.
        trimOffsets: async () => {
          const offsets = await Promise.all(shards.map((shard) => shard.call('trimOffsets', undefined)));
          return new Map(offsets.flatMap((ofShard) => [...ofShard]));
        },
        logger,
      });
      return { value: undefined, close: () => trimming.stop() };
    }),
    queryCode: module([], async () => ({ value: await import('@isotherm/query') })),
    feed: module([], () => ({ value: { current: undefined } })),
    statsLoop: module(
      ['restored', 'ingestThread', 'computeThreads', 'feed'],
      ({ ingestThread, computeThreads: { shards }, feed }) => {
        const progress = () => feed.current?.progress();
        const stats = startStatsLoop({ ingest: ingestThread, shards, feed: progress, logger, clock: Date.now });
        return { value: stats, close: () => stats.stop() };
      },
    ),
    stats: module(['statsLoop'], ({ statsLoop }) => ({ value: statsLoop })),
    analytics: module(['analyticsThread'], ({ analyticsThread }) => ({ value: analyticsThread.store })),
    incarnation: module(['logReady', 'ingestThread'], async ({ ingestThread }) => {
      const { incarnation } = await ingestThread.call('stats', undefined);
      return { value: incarnation };
    }),
    placement: module(['restored', 'computeThreads'], ({ computeThreads: { shards, placement } }) => {
      const endpoints = shards.map(({ address }) => ({ address, controlAddress: '' }));
      return { value: createPlacementHolder({ ...placement, endpoints }) };
    }),
    replays: module(['logReady', 'ingestThread'], ({ ingestThread }) => ({
      value: {
        address: ingestThread.internalAddress,
        ...(internal.token !== undefined && { token: internal.token }),
        ...(internal.tls !== undefined && { tls: { ...internal.tls, authority: internal.tls.clientAuthority } }),
      },
    })),
    demoCities: module(['catalogue'], ({ catalogue }) => ({
      value: new Set(options.feed ? catalogue.largest(options.feedCities).map((city) => city.cityId) : []),
    })),
    shardAddresses: module(
      ['query', 'queryCode', 'computeThreads', 'health'],
      ({ query, computeThreads: { shards }, health }) => {
        for (const shard of shards) {
          const { name, worker } = shard;
          worker.onStateChange((state) => query.moveShard(name, state === 'ready' ? shard.address : undefined));
        }
        health.set('query');
        return { value: undefined };
      },
    ),
    control: module(
      ['ingestThread', 'analyticsThread', 'computeThreads', 'restored'],
      async ({ ingestThread, analyticsThread, computeThreads: { shards } }) => {
        const socket = await startControl(context, { ingest: ingestThread, analytics: analyticsThread, shards });
        return { value: undefined, close: () => socket.close() };
      },
    ),
    intake: module(['ingestThread', 'shardAddresses'], ({ ingestThread }) => ({
      value: undefined,
      close: () => ingestThread.call('drain', undefined, { timeoutMs: 2000 }),
    })),
    demoFeed: module(
      ['intake', 'ingestThread', 'computeThreads', 'statsLoop', 'feed'],
      async ({ ingestThread, computeThreads: { shards }, statsLoop, feed }) => {
        if (!options.feed) return { value: undefined };
        feed.current = await startDemoFeed(context, { ingest: ingestThread, stats: statsLoop, shards });
        return { value: undefined, close: () => feed.current?.stop() };
      },
    ),
  };
}

/** Watches the disk: at its cap, ingest refuses. @returns what ends it */
async function startDiskLimits(context: PlatformContext, ingest: IngestThread): Promise<() => void> {
  const { directory, options, logger } = context;
  const { root, log, checkpoints, analytics, scratch } = directory;
  let refusal: IsothermErrorOptions | undefined;
  const cap = startDiskCap({
    root,
    capBytes: options.diskCapBytes,
    logger,
    async refuse(error) {
      refusal = error;
      await ingest.call('refuse', error);
    },
  });
  onReady(ingest.worker, () => void ingest.call('refuse', refusal).catch(() => undefined));
  await cap.check();
  const freeSpace = startFreeSpaceWatch({
    directories: { log, checkpoints, analytics, scratch },
    reserveBytes: options.diskReserveBytes,
    logger,
  });
  return () => {
    freeSpace.stop();
    cap.stop();
  };
}
