import { setTimeout as sleep } from 'node:timers/promises';
import { create } from '@bufbuild/protobuf';
import {
  ReachabilitySchema,
  type WatchResponse,
  WatchResponseSchema,
} from '@isotherm/contracts/forecast/v1/forecast_service';
import { IsothermError, type Logger } from '@isotherm/service-kit';
import { serverStopping } from '../call.ts';
import type { ShardClient } from '../shards/shard-client.ts';
import type { ShardRouter } from '../shards/shard-router.ts';
import { createLiveTable } from './live-table.ts';
import { createShardFeed, type FeedListener, type ShardFeed } from './shard-feed.ts';
import { createWatcherView, type WatcherView } from './watcher-view.ts';

/** Live values for any number of watchers from one stream a shard. Nothing is open while nobody watches. */
export interface LiveHub {
  /** Watchers at the moment. */
  readonly watchers: number;
  /**
   * Values of these cities (undefined: all) as they change, a snapshot first. Ends when the signal fires.
   * @throws TOO_MANY_WATCHERS
   */
  watch(options: WatchOptions): AsyncIterable<WatchResponse>;
  /** Ends all watches with SERVER_STOPPING. Idempotent. */
  close(): void;
}

/** Options of {@link LiveHub.watch}. */
export interface WatchOptions {
  readonly cityIds: readonly string[] | undefined;
  /** Time between two messages at least. */
  readonly minIntervalMs: number;
  readonly signal: AbortSignal;
}

/** How long a first message waits for snapshots: a shard without any of the cities sends none. */
const SNAPSHOT_WAIT_MS = 500;
/** A message without rows after this time without changes, so that both ends know the stream lives. */
const KEEP_ALIVE_MS = 15_000;

/** Creates a hub over the router's shards. */
export function createLiveHub(
  deps: {
    readonly router: ShardRouter;
    readonly logger: Logger;
    /** Told of every city that appears. */
    observed(cityId: string): void;
  },
  options: { readonly maxWatchers: number; readonly watchLingerMs: number },
): LiveHub {
  const { router } = deps;
  const table = createLiveTable();
  const waiting = new Set<() => void>();
  const closed = new AbortController();
  let watchers = 0;
  let lingering: NodeJS.Timeout | undefined;

  const wake = () => {
    const woken = [...waiting];
    waiting.clear();
    for (const resume of woken) resume();
  };
  const feeds = new Map<ShardClient, ShardFeed>();
  /** Rises with every change of the placement: watches then look anew for whose streams they need. */
  let placements = 0;
  const listener: FeedListener = {
    received(live, slots) {
      for (const cityId of live.citiesAdded) deps.observed(cityId);
      if (table.merge(live, slots)) wake();
    },
    moved: wake,
  };

  function syncFeeds(): void {
    for (const client of router.shards) {
      if (!feeds.has(client)) feeds.set(client, createShardFeed({ client, logger: deps.logger }, listener));
    }
    for (const [client, feed] of feeds) {
      if (router.shards.includes(client)) continue;
      feed.close();
      feeds.delete(client);
    }
  }
  syncFeeds();
  const stopFollowing = router.onChange(() => {
    syncFeeds();
    placements += 1;
    wake();
  });

  /** Resolves at the next change, or after `ms`; rejects when the signal fires. */
  function change(ms: number, signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const done = () => {
        clearTimeout(timer);
        waiting.delete(done);
        signal.removeEventListener('abort', aborted);
        resolve();
      };
      const aborted = () => {
        clearTimeout(timer);
        waiting.delete(done);
        reject(signal.reason);
      };
      const timer = setTimeout(done, ms);
      waiting.add(done);
      if (signal.aborted) aborted();
      else signal.addEventListener('abort', aborted, { once: true });
    });
  }

  function want(cityIds: readonly string[] | undefined): readonly ShardFeed[] {
    const all = [...feeds.values()];
    if (cityIds === undefined) {
      for (const feed of all) feed.want(undefined);
      return all;
    }
    const byShard = new Map<string, Set<string>>();
    for (const cityId of cityIds) {
      const owner = router.ownerOf(cityId)?.name ?? '';
      byShard.set(owner, (byShard.get(owner) ?? new Set()).add(cityId));
    }
    const used = all.filter((feed) => byShard.has(feed.shard));
    for (const feed of used) feed.want(byShard.get(feed.shard));
    return used;
  }

  async function* stream(watch: WatchOptions, signal: AbortSignal): AsyncGenerator<WatchResponse> {
    let wantedAt = placements;
    let used = want(watch.cityIds);
    const snapshotBy = performance.now() + SNAPSHOT_WAIT_MS;
    while (used.some((feed) => !feed.complete && !feed.away) && performance.now() < snapshotBy) {
      await change(Math.max(1, snapshotBy - performance.now()), signal);
    }
    const view: WatcherView = createWatcherView({ table, cityIds: watch.cityIds });
    const awayNow = () => new Set(used.filter((feed) => feed.away).map((feed) => feed.shard));
    const shardOf = (slot: number) => router.ownerOf(table.cityIdAt(slot))?.name ?? '';
    let away = new Set<string>();
    for (;;) {
      if (wantedAt !== placements) {
        wantedAt = placements;
        used = want(watch.cityIds);
      }
      const message = create(WatchResponseSchema, { live: view.next() });
      const nowAway = awayNow();
      if (nowAway.symmetricDifference(away).size > 0) {
        away = nowAway;
        const unreachableCityIndex = view.indicesWhere((slot) => away.has(shardOf(slot)));
        message.reachability = create(ReachabilitySchema, { unreachableCityIndex });
      }
      const sentAt = performance.now();
      yield message;
      // The reader may have taken its time: whatever changed meanwhile goes out in one message.
      await sleep(Math.max(0, watch.minIntervalMs - (performance.now() - sentAt)), undefined, { signal });
      const nothingNew = view.upToDate && wantedAt === placements;
      if (nothingNew && awayNow().symmetricDifference(away).size === 0) await change(KEEP_ALIVE_MS, signal);
    }
  }

  return {
    get watchers() {
      return watchers;
    },
    async *watch(watch) {
      if (watchers >= options.maxWatchers) throw tooManyWatchers(options.maxWatchers);
      watchers += 1;
      clearTimeout(lingering);
      const signal = AbortSignal.any([watch.signal, closed.signal]);
      try {
        yield* stream(watch, signal);
      } catch (error) {
        if (closed.signal.aborted && !watch.signal.aborted) throw serverStopping();
        if (!signal.aborted) throw error;
      } finally {
        watchers -= 1;
        if (watchers === 0)
          lingering = setTimeout(closeFeeds, closed.signal.aborted ? 0 : options.watchLingerMs).unref();
      }
    },
    close() {
      closed.abort();
      clearTimeout(lingering);
      stopFollowing();
      closeFeeds();
    },
  };

  function closeFeeds(): void {
    for (const feed of feeds.values()) feed.close();
  }
}

function tooManyWatchers(limit: number): IsothermError {
  return new IsothermError({
    code: 'RESOURCE_EXHAUSTED',
    id: 'TOO_MANY_WATCHERS',
    message: `${limit} watches are open already, the most this server takes.`,
    advice: 'Watch several cities in one stream, or close watches nobody reads.',
    retryAfterMs: 5000,
    metadata: { limit: String(limit) },
  });
}
