import { existsSync } from 'node:fs';
import type { AnalyticsStore } from '@isotherm/analytics';
import { type Catalogue, loadCatalogue } from '@isotherm/catalogue';
import { createFlushBuffer } from '@isotherm/log';
import { createPlacementHolder, type Placement, partitionOf } from '@isotherm/placement';
import type { QueryService } from '@isotherm/query';
import {
  createLifecycle,
  createLogger,
  type IsothermErrorOptions,
  mergeExpositions,
  resolveTenants,
  type ServerTls,
  startHealthServer,
  startTelemetry,
} from '@isotherm/service-kit';
import { type FeedThread, startFeedThread } from '../feed/start-feed-thread.ts';
import { CATALOGUE_PATH, DASHBOARD_PATH, VERSION } from '../paths.ts';
import { eachTimeUp } from '../threads/when-up.ts';
import { type DataDirectory, openDataDirectory } from './data-directory.ts';
import { startDiskCap } from './disk-cap.ts';
import { startFreeSpaceWatch } from './free-space-watch.ts';
import { withOwnAccess } from './own-access.ts';
import { closeAll, type PlatformContext } from './platform-context.ts';
import { type PulseLoop, startPulseLoop } from './pulse-loop.ts';
import { startRetention } from './retention.ts';
import { startControl } from './start-control.ts';
import type { StartOptions } from './start-options.ts';
import { type ShardThread, superviseAnalytics, superviseIngest, superviseShards } from './start-storage.ts';
import { warnOfExposure } from './warn-of-exposure.ts';

/** The whole platform in one process. */
export interface Platform extends AsyncDisposable {
  readonly options: StartOptions;
  readonly directory: DataDirectory;
  /** host:port of gRPC ingest. */
  readonly ingestAddress: string;
  /** Base URL of the public API and the dashboard. */
  readonly apiUrl: string;
  /** host:port of health and metrics. */
  readonly metricsAddress: string;
  readonly pulse: PulseLoop;
  /** Drains and stops everything. Idempotent. */
  close(): Promise<void>;
}

/** What starting needs to be told besides its options. */
export interface PlatformDeps {
  /** A part failed for good: the process is expected to end. */
  readonly failed: (error: Error) => void;
  /** Called as parts come up, for people who wait. Default does nothing. */
  readonly progress?: (what: string) => void;
}

/** Brings up log, ingest, compute, analytical store, API, dashboard and demo feed. What started is stopped again if a later part cannot. */
export async function startPlatform(options: StartOptions, deps: PlatformDeps): Promise<Platform> {
  const logger = createLogger({ service: 'isotherm', level: options.logLevel });
  const lifecycle = createLifecycle('isotherm', logger);
  const directory = await openDataDirectory(options.dataDirectory, options);
  warnOfExposure(options, { logger, nowMs: Date.now() });
  const { tenants, own } = withOwnAccess(options);
  const context: PlatformContext = {
    options: { ...options, tenants },
    own,
    directory,
    logger,
    lifecycle,
    progress: deps.progress ?? (() => undefined),
    failed(error) {
      if (lifecycle.state === 'draining' || lifecycle.state === 'stopped') return;
      lifecycle.moveTo('failed', error.message);
      deps.failed(error);
    },
    closers: [],
    ready: { ingest: false, compute: false, query: false },
    expositions: [],
    flushState: createFlushBuffer(),
  };
  try {
    return await assemble(context);
  } catch (error) {
    await closeAll(context);
    throw error;
  }
}

async function assemble(context: PlatformContext): Promise<Platform> {
  const { options, closers, lifecycle, logger } = context;
  const metricsAddress = await startHealth(context);
  context.progress('opening the log');
  // Threads load their code side by side; all wait for ingest, which finds out whether the directory is free.
  const ingest = superviseIngest(context);
  const analytics = superviseAnalytics(context, ingest.part.ready);
  const { shards, placement } = superviseShards(context, { ingest, analytics });
  // The API's code is the largest part: it loads while they do.
  const queryLoaded = import('@isotherm/query');
  queryLoaded.catch(() => undefined);
  const catalogueLoaded = loadCatalogue({ path: CATALOGUE_PATH });
  catalogueLoaded.catch(() => undefined);
  await ingest.part.ready;
  context.progress('restoring state');
  const restored = Promise.all([analytics.part.ready, ...shards.map((shard) => shard.part.ready)]);
  restored.catch(() => undefined);
  let refusal: IsothermErrorOptions | undefined;
  const diskCap = startDiskCap({
    root: context.directory.root,
    capBytes: options.diskCapBytes,
    logger,
    async refuse(error) {
      refusal = error;
      await ingest.call('refuse', error);
    },
  });
  eachTimeUp(ingest.part, () => void ingest.call('refuse', refusal).catch(() => undefined));
  closers.push(() => diskCap.stop());
  await diskCap.check();
  const { log, checkpoints, analytics: engine, scratch } = context.directory;
  const freeSpace = startFreeSpaceWatch({
    directories: { log, checkpoints, analytics: engine, scratch },
    reserveBytes: options.diskReserveBytes,
    logger,
  });
  closers.push(() => freeSpace.stop());

  const catalogue = await catalogueLoaded;
  const { incarnation } = await ingest.call('pulse', undefined);
  await restored;
  const retention = startRetention({ ingest, shards, logger });
  closers.push(() => retention.stop());
  let feed: FeedThread | undefined;
  const pulse = startPulseLoop({ ingest, shards, feed: () => feed?.progress(), logger, clock: Date.now });
  closers.push(() => pulse.stop());
  const query = await startApi(context, {
    analytics: analytics.store,
    catalogue,
    placement,
    pulse,
    shards,
    incarnation,
    ingestAddress: ingest.innerAddress,
  });
  for (const { name, part } of shards) {
    part.onMove((state) => query.moveShard(name, state === 'up' ? addressOf(shards, name) : undefined));
  }
  const ingestAddress = ingest.address;
  await startControl(context, { ingest, analytics, shards });
  // Closers run backwards: the feed stops, then ingest takes nothing more, then the rest finishes what is there.
  closers.push(() => ingest.call('drain', undefined, { timeoutMs: 2000 }));
  if (options.feed) feed = await startFeed(context, { ingestAddress: ingest.innerAddress, pulse, shards });
  lifecycle.moveTo('ready');

  let closing: Promise<void> | undefined;
  const close = () => {
    closing ??= stop(context);
    return closing;
  };
  return {
    options,
    directory: context.directory,
    ingestAddress,
    apiUrl: `${options.tls === undefined ? 'http' : 'https'}://${query.address}`,
    metricsAddress,
    pulse,
    close,
    [Symbol.asyncDispose]: close,
  };
}

function addressOf(shards: readonly ShardThread[], name: string): string | undefined {
  return shards.find((shard) => shard.name === name)?.address;
}

async function stop(context: PlatformContext): Promise<void> {
  const { lifecycle } = context;
  if (lifecycle.state === 'ready') lifecycle.moveTo('draining');
  await closeAll(context);
  if (lifecycle.state !== 'failed') lifecycle.moveTo('stopped');
}

/** Health and metrics come first: probes see the platform starting. */
async function startHealth({ options, lifecycle, ready, expositions, closers }: PlatformContext): Promise<string> {
  const telemetry = await startTelemetry({ service: 'isotherm', version: VERSION, otlpEndpoint: options.otlpEndpoint });
  closers.push(() => telemetry.shutdown());
  expositions.push(() => telemetry.exposition());
  const health = await startHealthServer(
    {
      live: () => lifecycle.state !== 'failed',
      ready: () => ready,
      metrics: async () => mergeExpositions(await Promise.all(expositions.map((exposition) => exposition()))),
    },
    { host: options.host, port: options.metricsPort },
  );
  closers.push(() => health.close());
  return health.address;
}

/** What the API stands on. */
interface ApiDeps {
  readonly analytics: AnalyticsStore;
  readonly catalogue: Catalogue;
  readonly placement: Placement;
  readonly pulse: PulseLoop;
  readonly shards: readonly ShardThread[];
  readonly incarnation: string;
  readonly ingestAddress: string;
}

async function startApi(context: PlatformContext, deps: ApiDeps): Promise<QueryService> {
  const { options, logger, closers, ready, own } = context;
  const { analytics, catalogue, placement, pulse, incarnation, ingestAddress } = deps;
  const demoCities = new Set(options.feed ? catalogue.largest(options.feedCities).map((city) => city.cityId) : []);
  const endpoints = deps.shards.map(({ address }) => ({ address, controlAddress: '' }));
  const { startQuery } = await import('@isotherm/query');
  const callers = own.token === undefined ? undefined : resolveTenants(options.tenants).tenants;
  const query = await startQuery(
    {
      placement: createPlacementHolder({ ...placement, endpoints }),
      partitionOf: (cityId: string) => partitionOf(cityId, placement.partitionCount),
      analytics,
      catalogue,
      pulse,
      formula: options.formula,
      isDemo: (cityId: string) => demoCities.has(cityId),
      logger: logger.child({ service: 'query' }),
      clock: Date.now,
      ingest: {
        address: ingestAddress,
        ...(own.token !== undefined && { token: own.token }),
        ...(own.tls !== undefined && { tls: { ...own.tls, authority: own.tls.clientAuthority } }),
      },
    },
    {
      host: options.host,
      port: options.apiPort,
      version: VERSION,
      incarnation,
      ...(options.tls !== undefined && { tls: options.tls }),
      ...(callers !== undefined && { callers }),
      ...(existsSync(DASHBOARD_PATH) ? { dashboardDirectory: DASHBOARD_PATH } : {}),
    },
  );
  closers.push(() => query.close());
  ready['query'] = true;
  return query;
}

/** The demo feed is a client like any other: it learns where to go on from what the platform holds. */
async function startFeed(
  { options, logger, closers, own }: PlatformContext,
  deps: { readonly ingestAddress: string; readonly pulse: PulseLoop; readonly shards: readonly ShardThread[] },
): Promise<FeedThread> {
  const { observationsAcked } = await deps.pulse.take();
  const pulses = await Promise.all(deps.shards.map((shard) => shard.call('pulse', undefined)));
  const newest = pulses.map((shard) => shard.newestObservedMs).filter(Number.isFinite);
  const feed = startFeedThread({
    target: own.tls === undefined ? deps.ingestAddress : `https://${deps.ingestAddress}`,
    cities: options.feedCities,
    seed: options.feedSeed,
    historyHours: options.feedHistoryHours,
    ...(own.token !== undefined && { token: own.token }),
    ...(own.tls !== undefined && { tls: shownBy(own.tls) }),
    ...(observationsAcked > 0 && newest.length > 0 ? { resumeFromMs: Math.max(...newest) } : {}),
    failed: (error: Error) =>
      logger.error({ err: error, advice: 'The platform goes on without it.' }, 'Demo feed stopped'),
  });
  closers.push(() => feed.stop());
  return feed;
}

/** What a client shows who trusts nothing but the same. */
function shownBy({ certificate, key, clientAuthority }: Required<ServerTls>) {
  return { certificateChain: certificate, privateKey: key, rootCertificates: clientAuthority };
}
