import { existsSync } from 'node:fs';
import type { MessagePort } from 'node:worker_threads';
import { startAnalyticsThread } from '@isotherm/analytics';
import { loadCatalogue } from '@isotherm/catalogue';
import { createFlushBuffer } from '@isotherm/log';
import { createPlacement, partitionOf } from '@isotherm/placement';
import { type QueryService, startQuery } from '@isotherm/query';
import type { ResultSettings } from '@isotherm/records';
import {
  createLifecycle,
  createLogger,
  type Logger,
  mergeExpositions,
  startHealthServer,
  startTelemetry,
} from '@isotherm/service-kit';
import { startFeedThread } from '../feed/start-feed-thread.ts';
import { CATALOGUE_PATH, DASHBOARD_PATH, VERSION } from '../paths.ts';
import type { ComputeThreadCalls, ComputeThreadData } from '../threads/compute-thread.ts';
import type { IngestThreadCalls, IngestThreadData } from '../threads/ingest-thread.ts';
import { startThread, type ThreadClient } from '../threads/thread-client.ts';
import { type DataDirectory, openDataDirectory } from './data-directory.ts';
import { type PulseLoop, startPulseLoop } from './pulse-loop.ts';
import { startRetention } from './retention.ts';
import type { StartOptions } from './start-options.ts';

/** The whole platform in one process. */
export interface Platform extends AsyncDisposable {
  readonly options: StartOptions;
  readonly directory: DataDirectory;
  /** host:port of gRPC ingest. */
  readonly ingestAddress: string;
  /** host:port of the public API and the dashboard. */
  readonly apiAddress: string;
  /** host:port of health and metrics. */
  readonly metricsAddress: string;
  readonly pulse: PulseLoop;
  /** Drains and stops everything. Idempotent. */
  close(): Promise<void>;
}

/** Things to be closed, the newest first. */
type Closers = (() => Promise<unknown> | unknown)[];

/** What starting needs to be told besides its options. */
export interface PlatformDeps {
  /** A part failed for good: the process is expected to end. */
  readonly failed: (error: Error) => void;
  /** Called as parts come up, for people who wait. */
  readonly progress?: (what: string) => void;
}

/** Brings up log, ingest, compute, analytical store, API, dashboard and demo feed. What started is stopped again if a later part cannot. */
export async function startPlatform(options: StartOptions, deps: PlatformDeps): Promise<Platform> {
  const logger = createLogger({ service: 'isotherm', level: options.logLevel });
  const closers: Closers = [];
  try {
    return await assemble(options, deps, logger, closers);
  } catch (error) {
    await closeAll(closers, logger);
    throw error;
  }
}

async function assemble(
  options: StartOptions,
  deps: PlatformDeps,
  logger: Logger,
  closers: Closers,
): Promise<Platform> {
  const lifecycle = createLifecycle('isotherm', logger);
  const telemetry = startTelemetry({ service: 'isotherm', version: VERSION, otlpEndpoint: options.otlpEndpoint });
  closers.push(() => telemetry.shutdown());
  const directory = await openDataDirectory(options.dataDirectory, {
    partitions: options.partitions,
    formula: options.formula,
  });
  const parts: Record<string, boolean> = { ingest: false, compute: false, query: false };
  const expositions: (() => Promise<string>)[] = [() => telemetry.exposition()];
  const health = await startHealthServer(
    {
      live: () => lifecycle.state !== 'failed',
      ready: () => parts,
      metrics: async () => mergeExpositions(await Promise.all(expositions.map((exposition) => exposition()))),
    },
    { host: options.host, port: options.metricsPort },
  );
  closers.push(() => health.close());
  const failed = (error: Error) => {
    if (lifecycle.state === 'draining' || lifecycle.state === 'stopped') return;
    lifecycle.moveTo('failed', error.message);
    deps.failed(error);
  };
  const flushState = createFlushBuffer();
  const shared = {
    logPath: directory.log,
    flushState,
    logLevel: options.logLevel,
    version: VERSION,
    otlpEndpoint: options.otlpEndpoint,
  };

  deps.progress?.('opening the log');
  const ingest = await startThread<IngestThreadCalls>(new URL('../threads/ingest-thread.ts', import.meta.url), {
    name: 'ingest',
    failed,
    workerData: {
      ...shared,
      host: options.host,
      port: options.ingestPort,
      partitionCount: options.partitions,
      maxLogBytes: Math.floor(options.diskCapBytes * LOG_SHARE),
      settings: resultSettings(options),
    } satisfies IngestThreadData,
  });
  closers.push(() => closeThread(ingest));
  expositions.push(() => ingest.call('exposition', undefined));
  parts['ingest'] = true;

  deps.progress?.('opening the analytical store');
  const analytics = await startAnalyticsThread({
    path: directory.analytics,
    scratchDirectory: directory.scratch,
    rawRetentionSeconds: options.rawRetentionHours * 3600,
  });
  closers.push(() => analytics.close());
  await analytics.migrate();

  deps.progress?.('restoring state');
  const shardNames = Array.from({ length: options.shards }, (_, index) => `shard-${index}`);
  const placement = createPlacement({ shards: shardNames, partitionCount: options.partitions, epoch: 1 });
  const shards = await Promise.all(
    shardNames.map((shard) => {
      const analyticsPort: MessagePort = analytics.port();
      return startThread<ComputeThreadCalls>(new URL('../threads/compute-thread.ts', import.meta.url), {
        name: shard,
        failed,
        transfer: [analyticsPort],
        workerData: {
          ...shared,
          shard,
          placement,
          checkpointPath: directory.checkpoints,
          analyticsPort,
          options: { storeRaw: options.storeRaw, checkpointIntervalMs: options.checkpointSeconds * 1000 },
        } satisfies ComputeThreadData,
      });
    }),
  );
  for (const shard of shards) {
    closers.push(() => closeThread(shard));
    expositions.push(() => shard.call('exposition', undefined));
  }
  parts['compute'] = true;
  const retention = startRetention({ ingest, shards, logger });
  closers.push(() => retention.stop());

  deps.progress?.('loading the cities');
  const catalogue = await loadCatalogue({ path: CATALOGUE_PATH });
  const feedCityIds = new Set(options.feed ? catalogue.largest(options.feedCities).map((city) => city.cityId) : []);
  let feed: Awaited<ReturnType<typeof startFeedThread>> | undefined;
  const pulse = startPulseLoop({ ingest, shards, feed: () => feed?.progress(), logger, clock: Date.now });
  closers.push(() => pulse.stop());
  const query: QueryService = await startQuery(
    {
      shards: await Promise.all(
        shards.map(async (shard, index) => ({
          name: shardNames[index] ?? '',
          address: await shard.call('address', undefined),
        })),
      ),
      placement,
      partitionOf,
      analytics,
      catalogue,
      pulse,
      formula: options.formula,
      isDemo: (cityId: string) => feedCityIds.has(cityId),
      logger: logger.child({ service: 'query' }),
      clock: Date.now,
    },
    {
      host: options.host,
      port: options.apiPort,
      ...(existsSync(DASHBOARD_PATH) ? { dashboardDirectory: DASHBOARD_PATH } : {}),
    },
  );
  closers.push(() => query.close());
  parts['query'] = true;

  const ingestAddress = await ingest.call('address', undefined);
  if (options.feed) {
    const first = await pulse.take();
    const newest = await Promise.all(shards.map((shard) => shard.call('pulse', undefined)));
    const newestObservedMs = Math.max(
      ...newest.map((shard) => shard.newestObservedMs).filter((ms) => !Number.isNaN(ms)),
    );
    feed = await startFeedThread({
      target: ingestAddress,
      cities: options.feedCities,
      seed: options.feedSeed,
      historyHours: options.feedHistoryHours,
      ...(first.observationsAcked > 0 && Number.isFinite(newestObservedMs) ? { resumeFromMs: newestObservedMs } : {}),
      failed: (error) => logger.error({ err: error, advice: 'The platform goes on without it.' }, 'Demo feed stopped'),
    });
    closers.push(() => feed?.stop());
  }
  lifecycle.moveTo('ready');

  let closing: Promise<void> | undefined;
  const close = () => {
    closing ??= (async () => {
      if (lifecycle.state === 'ready') lifecycle.moveTo('draining');
      await closeAll(closers, logger);
      if (lifecycle.state !== 'failed') lifecycle.moveTo('stopped');
    })();
    return closing;
  };
  return {
    options,
    directory,
    ingestAddress,
    apiAddress: query.address,
    metricsAddress: health.address,
    pulse,
    close,
    [Symbol.asyncDispose]: close,
  };
}

/** Share of the disk cap that the log may take; the rest is for results. */
const LOG_SHARE = 0.5;

function resultSettings(options: StartOptions): ResultSettings {
  return {
    formula: options.formula,
    outOfOrdernessMs: 5_000,
    allowedLatenessMs: 3_600_000,
    riskCelsius: [(80 - 32) / 1.8, (90 - 32) / 1.8, (103 - 32) / 1.8, (125 - 32) / 1.8],
    maxCitiesPerPartition: 65_536,
  };
}

/** Asks a thread to close and ends it; one that does not answer in time is ended anyway. */
async function closeThread(thread: ThreadClient<{ close: { argument: undefined; result: undefined } }>): Promise<void> {
  await thread.call('close', undefined, 4000).finally(() => thread.terminate());
}

async function closeAll(closers: Closers, logger: Logger): Promise<void> {
  for (let close = closers.pop(); close !== undefined; close = closers.pop()) {
    try {
      await close();
    } catch (error) {
      logger.error({ err: error, advice: 'What it held is in log and checkpoint.' }, 'A part did not stop cleanly');
    }
  }
}
