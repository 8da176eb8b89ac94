import type { MessagePort } from 'node:worker_threads';
import { type AnalyticsThread, startAnalyticsThread } from '@isotherm/analytics';
import { createPlacement, type Placement } from '@isotherm/placement';
import { VERSION } from '../paths.ts';
import type { ComputeThreadCalls, ComputeThreadData } from '../threads/compute-thread.ts';
import type { IngestThreadCalls, IngestThreadData } from '../threads/ingest-thread.ts';
import { startThread, type ThreadClient } from '../threads/thread-client.ts';
import type { PlatformContext } from './platform-context.ts';

/** Share of the disk cap that the log may take; the rest is for results. */
const LOG_SHARE = 0.5;

/** The ingest thread. */
export type IngestThread = ThreadClient<IngestThreadCalls>;

/** The thread of a compute shard. */
export type ShardThread = ThreadClient<ComputeThreadCalls> & { readonly name: string };

/** Starts ingest on a thread of its own; it is the log's writer. */
export async function startIngestThread(context: PlatformContext): Promise<IngestThread> {
  const { options } = context;
  context.progress('opening the log');
  const ingest = await startThread<IngestThreadCalls>(new URL('../threads/ingest-thread.ts', import.meta.url), {
    name: 'ingest',
    failed: context.failed,
    workerData: {
      ...sharedData(context),
      host: options.host,
      port: options.ingestPort,
      partitionCount: options.partitions,
      maxLogBytes: Math.floor(options.diskCapBytes * LOG_SHARE),
      minFreeBytes: options.diskReserveBytes,
      settings: { formula: options.formula },
      tenants: options.tenants,
    } satisfies IngestThreadData,
  });
  context.closers.push(() => closeThread(ingest));
  context.expositions.push(() => ingest.call('exposition', undefined));
  context.ready['ingest'] = true;
  return ingest;
}

/** Starts the ClickHouse engine on a thread of its own and brings its tables up to date. */
export async function startAnalytics(context: PlatformContext): Promise<AnalyticsThread> {
  const { options, directory } = context;
  context.progress('opening the analytical store');
  const analytics = await startAnalyticsThread({
    path: directory.analytics,
    scratchDirectory: directory.scratch,
    rawRetentionSeconds: options.rawRetentionHours * 3600,
  });
  context.closers.push(() => analytics.close());
  await analytics.migrate();
  return analytics;
}

/** Starts the compute shards, each on a thread of its own. */
export async function startShardThreads(
  context: PlatformContext,
  analytics: AnalyticsThread,
): Promise<{ readonly shards: readonly ShardThread[]; readonly placement: Placement }> {
  const { options, directory } = context;
  context.progress('restoring state');
  const names = Array.from({ length: options.shards }, (_, index) => `shard-${index}`);
  const placement = createPlacement({ shards: names, partitionCount: options.partitions, epoch: 1 });
  const start = async (name: string): Promise<ShardThread> => {
    const analyticsPort: MessagePort = analytics.port();
    const thread = await startThread<ComputeThreadCalls>(new URL('../threads/compute-thread.ts', import.meta.url), {
      name,
      failed: context.failed,
      transfer: [analyticsPort],
      workerData: {
        ...sharedData(context),
        shard: name,
        placement,
        checkpointPath: directory.checkpoints,
        analyticsPort,
        storeFault: process.env['ISOTHERM_STORE_FAULT'],
        options: { storeRaw: options.storeRaw, checkpointIntervalMs: options.checkpointSeconds * 1000 },
      } satisfies ComputeThreadData,
    });
    context.closers.push(() => closeThread(thread));
    context.expositions.push(() => thread.call('exposition', undefined));
    return { ...thread, name };
  };
  const shards = await Promise.all(names.map(start));
  context.ready['compute'] = true;
  return { shards, placement };
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

/** Asks a thread to close and ends it; one that does not answer in time is ended anyway. */
async function closeThread(thread: ThreadClient<{ close: { argument: undefined; result: undefined } }>): Promise<void> {
  await thread.call('close', undefined, 4000).finally(() => thread.terminate());
}
