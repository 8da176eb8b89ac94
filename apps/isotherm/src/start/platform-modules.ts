import { existsSync } from 'node:fs';
import { type Catalogue, loadCatalogue } from '@isotherm/catalogue';
import { createPlacementHolder, partitionOf } from '@isotherm/placement';
import type { QueryService } from '@isotherm/query';
import {
  type Health,
  type IsothermErrorOptions,
  type ModuleList,
  mergeExpositions,
  moduleOf,
  resolveTenants,
  startHealth,
  startTelemetry,
} from '@isotherm/service-kit';
import type { FeedThread } from '../feed/start-feed-thread.ts';
import { CATALOGUE_PATH, DASHBOARD_PATH, VERSION } from '../paths.ts';
import { startTrimming } from '../roles/start-trimming.ts';
import { onReady } from '../threads/worker-ready.ts';
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

/** What each module of the platform in one process is to others. */
export interface PlatformModules {
  readonly health: Health;
  /** Ingest on its thread; it loads, and is up when `log` is. */
  readonly ingest: IngestThread;
  readonly log: undefined;
  readonly analytics: AnalyticsWorker;
  readonly compute: Shards;
  /** Every thread is up: state is restored. */
  readonly restored: undefined;
  readonly diskLimits: undefined;
  readonly trimming: undefined;
  readonly catalogue: Catalogue;
  readonly queryCode: typeof import('@isotherm/query');
  readonly stats: StatsLoop;
  readonly query: QueryService;
  readonly control: undefined;
  /** Observations are taken; closing it, no more are. */
  readonly intake: undefined;
  readonly feed: { current: FeedThread | undefined };
  readonly demoFeed: undefined;
}

/** Modules that the platform in one process is made of, besides those that they need. */
export const PLATFORM = ['demoFeed', 'intake', 'control', 'trimming', 'diskLimits'] as const;

const module = moduleOf<PlatformModules>();

/** The modules of the platform in one process. Threads load their code side by side; all wait for the log, which finds out whether the directory is free. */
export function platformModules(context: PlatformContext): ModuleList<PlatformModules> {
  const { options, logger, internal } = context;
  return {
    health: module([], async () => {
      const telemetry = await startTelemetry({
        service: 'isotherm',
        version: VERSION,
        otlpEndpoint: options.otlpEndpoint,
      });
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
      const close = async () => {
        await health.close();
        await telemetry.shutdown();
      };
      return { value: health, close };
    }),
    ingest: module(['health'], ({ health }) => {
      const ingest = superviseIngest({ ...context, health });
      return { value: ingest, close: () => ingest.worker.close() };
    }),
    log: module(['ingest'], async ({ ingest }) => {
      context.progress('opening the log');
      await ingest.worker.ready;
      context.progress('restoring state');
      return { value: undefined };
    }),
    analytics: module(['ingest'], ({ ingest }) => {
      const analytics = superviseAnalytics(context, ingest.worker.ready);
      const close = async () => {
        await analytics.store.close();
        await analytics.worker.close();
      };
      return { value: analytics, close };
    }),
    compute: module(['ingest', 'analytics', 'health'], ({ ingest, analytics, health }) => {
      const compute = superviseShards({ ...context, health }, { ingest, analytics });
      return { value: compute, close: () => Promise.all(compute.shards.map(({ worker }) => worker.close())) };
    }),
    restored: module(['log', 'analytics', 'compute'], async ({ analytics, compute }) => {
      await Promise.all([analytics.worker.ready, ...compute.shards.map(({ worker }) => worker.ready)]);
      return { value: undefined };
    }),
    diskLimits: module(['log', 'ingest'], async ({ ingest }) => {
      const close = await startDiskLimits(context, ingest);
      return { value: undefined, close };
    }),
    trimming: module(['restored', 'ingest', 'compute'], ({ ingest, compute: { shards } }) => {
      const trimming = startTrimming({
        log: { trim: (keepFrom) => ingest.call('trim', keepFrom) },
        // What a shard that is unavailable still needs is not known: then nothing is dropped.
        floors: async () => {
          const floors = await Promise.all(shards.map((shard) => shard.call('retentionFloors', undefined)));
          return new Map(floors.flatMap((floor) => [...floor]));
        },
        logger,
      });
      return { value: undefined, close: () => trimming.stop() };
    }),
    catalogue: module([], async () => ({ value: await loadCatalogue({ path: CATALOGUE_PATH }) })),
    // The API's code is most of what there is to load: that goes on while threads start.
    queryCode: module([], async () => ({ value: await import('@isotherm/query') })),
    feed: module([], () => ({ value: { current: undefined } })),
    stats: module(['restored', 'ingest', 'compute', 'feed'], ({ ingest, compute: { shards }, feed }) => {
      const progress = () => feed.current?.progress();
      const stats = startStatsLoop({ ingest, shards, feed: progress, logger, clock: Date.now });
      return { value: stats, close: () => stats.stop() };
    }),
    query: module(
      ['queryCode', 'catalogue', 'ingest', 'analytics', 'compute', 'stats', 'health'],
      async ({ queryCode, catalogue, ingest, analytics, compute: { shards, placement }, stats, health }) => {
        const demoCities = new Set(
          options.feed ? catalogue.largest(options.feedCities).map((city) => city.cityId) : [],
        );
        const { incarnation } = await ingest.call('pulse', undefined);
        const query = await queryCode.startQuery(
          {
            placement: createPlacementHolder({
              ...placement,
              endpoints: shards.map(({ address }) => ({ address, controlAddress: '' })),
            }),
            partitionOf: (cityId: string) => partitionOf(cityId, placement.partitionCount),
            analytics: analytics.store,
            catalogue,
            pulse: stats,
            formula: options.formula,
            isDemo: (cityId: string) => demoCities.has(cityId),
            logger: logger.child({ service: 'query' }),
            clock: Date.now,
            ingest: {
              address: ingest.internalAddress,
              ...(internal.token !== undefined && { token: internal.token }),
              ...(internal.tls !== undefined && { tls: { ...internal.tls, authority: internal.tls.clientAuthority } }),
            },
          },
          {
            host: options.host,
            port: options.apiPort,
            version: VERSION,
            incarnation,
            ...(options.tls !== undefined && { tls: options.tls }),
            ...(internal.token !== undefined && { callers: resolveTenants(options.tenants).tenants }),
            ...(existsSync(DASHBOARD_PATH) ? { dashboardDirectory: DASHBOARD_PATH } : {}),
          },
        );
        for (const shard of shards) {
          const { name, worker } = shard;
          worker.onStateChange((state) => query.moveShard(name, state === 'ready' ? shard.address : undefined));
        }
        health.set('query');
        return { value: query, close: () => query.close() };
      },
    ),
    control: module(['ingest', 'analytics', 'compute', 'restored'], async ({ ingest, analytics, compute }) => {
      const socket = await startControl(context, { ingest, analytics, shards: compute.shards });
      return { value: undefined, close: () => socket.close() };
    }),
    intake: module(['ingest', 'query'], ({ ingest }) => ({
      value: undefined,
      close: () => ingest.call('drain', undefined, { timeoutMs: 2000 }),
    })),
    demoFeed: module(['intake', 'ingest', 'compute', 'stats', 'feed'], async ({ ingest, compute, stats, feed }) => {
      if (!options.feed) return { value: undefined };
      feed.current = await startDemoFeed(context, { ingest, stats, shards: compute.shards });
      return { value: undefined, close: () => feed.current?.stop() };
    }),
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
