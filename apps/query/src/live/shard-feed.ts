import { setTimeout as sleep } from 'node:timers/promises';
import type { LiveColumns } from '@isotherm/contracts/type/v1/live_columns';
import type { Logger } from '@isotherm/service-kit';
import type { ShardClient } from '../shards/shard-client.ts';

/** Cities of a feed; undefined stands for all of the shard. */
export type Wanted = ReadonlySet<string> | undefined;

/** What a feed tells its hub. */
export interface FeedListener {
  /** A message; `slots` belongs to the stream it came on. */
  received(live: LiveColumns, slots: number[]): void;
  /** The shard went away, came back, or its snapshot arrived. */
  moved(): void;
}

/** One shard's live stream, open only while it is wanted. It reconnects by itself and only ever widens while open. */
export interface ShardFeed {
  readonly shard: string;
  /** Whether the shard is away. A feed that is not open does not know, and says no. */
  readonly away: boolean;
  /** Opens the stream for these cities, or reopens it where it does not cover them yet. */
  want(cities: Wanted): void;
  /** Whether the snapshot of everything wanted has arrived. */
  readonly complete: boolean;
  close(): void;
}

/** As many as isotherm.compute.v1 takes in a watch. */
const MAX_CITIES = 10_000;
const UPSTREAM_INTERVAL_MS = 100;
const FIRST_RETRY_MS = 200;
const LAST_RETRY_MS = 3000;

/** Creates a feed; it is closed until something is wanted of it. */
export function createShardFeed(
  deps: { readonly client: ShardClient; readonly logger: Logger },
  listener: FeedListener,
): ShardFeed {
  const { client, logger } = deps;
  let wanted: Wanted = new Set();
  let running: AbortController | undefined;
  let away = false;
  let complete = false;

  async function run(signal: AbortSignal): Promise<void> {
    let retryMs = FIRST_RETRY_MS;
    while (!signal.aborted) {
      try {
        const slots: number[] = [];
        const cityIds = wanted === undefined ? [] : [...wanted];
        for await (const { live } of client.watch({ cityIds, minIntervalMs: UPSTREAM_INTERVAL_MS }, signal)) {
          if (signal.aborted) return;
          if (live !== undefined) listener.received(live, slots);
          retryMs = FIRST_RETRY_MS;
          settle({ away: false, complete: true });
        }
      } catch (error) {
        if (signal.aborted) return;
        if (!away)
          logger.warn(
            { err: error, shard: client.name, advice: 'It is asked again until it answers.' },
            'Live stream of a shard broke',
          );
      }
      if (signal.aborted) return;
      settle({ away: true, complete });
      // Spread out, so that watchers of a shard that comes back do not all arrive at once.
      // One that has moved is asked at once: it is new where it is.
      const enough = new AbortController();
      const until = AbortSignal.any([signal, enough.signal]);
      await Promise.race([
        sleep(retryMs * (0.5 + Math.random()), undefined, { signal: until, ref: false }).catch(() => undefined),
        client.moved(until),
      ]);
      enough.abort();
      retryMs = Math.min(LAST_RETRY_MS, retryMs * 2);
    }
  }

  function settle(next: { away: boolean; complete: boolean }): void {
    if (next.away === away && next.complete === complete) return;
    ({ away, complete } = next);
    listener.moved();
  }

  function stop(): void {
    running?.abort();
    running = undefined;
    complete = false;
    away = false;
  }

  return {
    shard: client.name,
    get away() {
      return away;
    },
    get complete() {
      return complete;
    },
    want(cities) {
      if (running !== undefined && covers(wanted, cities)) return;
      const has = wanted;
      const all = has === undefined || cities === undefined;
      const next = all ? undefined : atMost(MAX_CITIES, new Set([...has, ...cities]));
      if (next !== undefined && next.size === 0) return;
      stop();
      wanted = next;
      running = new AbortController();
      void run(running.signal);
    },
    close() {
      stop();
      wanted = new Set();
    },
  };
}

/** The cities; all of the shard where they are more than a stream may name. */
function atMost(most: number, cities: ReadonlySet<string>): Wanted {
  return cities.size > most ? undefined : cities;
}

function covers(has: Wanted, cities: Wanted): boolean {
  if (has === undefined) return true;
  return cities !== undefined && [...cities].every((city) => has.has(city));
}
