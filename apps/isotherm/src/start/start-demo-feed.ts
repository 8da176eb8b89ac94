import type { ServerTls } from '@isotherm/service-kit';
import { type FeedThread, startFeedThread } from '../feed/start-feed-thread.ts';
import type { PlatformContext } from './platform-context.ts';
import type { StatsLoop } from './stats-loop.ts';
import type { IngestThread, ShardThread } from './supervise-workers.ts';

/** The demo feed is a client like any other: it learns where to go on from what the platform holds. */
export async function startDemoFeed(
  { options, logger, internal: { token, tls } }: PlatformContext,
  deps: { readonly ingest: IngestThread; readonly stats: StatsLoop; readonly shards: readonly ShardThread[] },
): Promise<FeedThread> {
  const { observationsAcked } = await deps.stats.take();
  const stats = await Promise.all(deps.shards.map((shard) => shard.call('stats', undefined)));
  const newest = stats.map((shard) => shard.newestObservedMs).filter(Number.isFinite);
  const address = deps.ingest.internalAddress;
  return startFeedThread({
    target: tls === undefined ? address : `https://${address}`,
    cities: options.feedCities,
    seed: options.feedSeed,
    historyHours: options.feedHistoryHours,
    ...(token !== undefined && { token }),
    ...(tls !== undefined && { tls: presentedBy(tls) }),
    ...(observationsAcked > 0 && newest.length > 0 ? { resumeFromMs: Math.max(...newest) } : {}),
    failed: (error: Error) =>
      logger.error({ err: error, advice: 'The platform goes on without it.' }, 'Demo feed stopped'),
  });
}

/** What a client presents that trusts nothing but the same. */
function presentedBy({ certificate, key, clientAuthority }: Required<ServerTls>) {
  return { certificateChain: certificate, privateKey: key, rootCertificates: clientAuthority };
}
