import type { AnalyticsStore } from '@isotherm/analytics';
import type { Runtime } from '@isotherm/runtime';
import type { Logger } from '@isotherm/service-kit';
import type { SharedReads } from '../analytics/shared-reads.ts';
import type { Clock } from '../call.ts';
import type { CityFinder } from '../cities/city-finder.ts';
import type { ShardRouter } from '../shards/shard-router.ts';
import { createLetterChanges, type LetterChanges } from './letter-changes.ts';
import { createLetterMetrics } from './letter-metrics.ts';
import { createLetterReads, type LetterReads } from './letter-reads.ts';
import { createLetterReplayer } from './letter-replayer.ts';
import { createLetterStore } from './letter-store.ts';
import type { ReplayPort } from './replay-port.ts';
import { startRetryLoop } from './retry-loop.ts';
import { createSerialQueue } from './serial-queue.ts';

/** Everything about dead letters: what calls and URLs are answered with, and the retries. */
export interface DeadLetters extends AsyncDisposable {
  readonly reads: LetterReads;
  readonly changes: LetterChanges;
  /** Ends the retries and lets go of ingest. Idempotent. */
  close(): Promise<void>;
}

/** What {@link startDeadLetters} needs. */
export interface DeadLettersDeps {
  readonly analytics: AnalyticsStore;
  readonly shared: SharedReads;
  readonly finder: CityFinder;
  readonly router: ShardRouter;
  /** The way back into the log; closed with this. Undefined: letters are neither retried nor replayed. */
  readonly port: ReplayPort | undefined;
  readonly clock: Clock;
  readonly runtime: Pick<Runtime, 'sleep'>;
  readonly logger: Logger;
}

/** Replays and purges that may wait for the one that runs. */
const MAX_WAITING = 16;

/** Puts the parts together and starts the retries. */
export function startDeadLetters(
  deps: DeadLettersDeps,
  options: { readonly incarnation: string; readonly retryIntervalMs: number },
): DeadLetters {
  const { port } = deps;
  const store = createLetterStore(deps, options);
  const queue = createSerialQueue(MAX_WAITING);
  const replayer = port === undefined ? undefined : createLetterReplayer({ ...deps, store, port }, options);
  const metrics = createLetterMetrics();
  const retries =
    replayer === undefined
      ? undefined
      : startRetryLoop({ ...deps, store, replayer, queue, metrics }, { intervalMs: options.retryIntervalMs });
  let closing: Promise<void> | undefined;
  const close = () => {
    closing ??= (async () => {
      await retries?.close();
      port?.close();
      metrics.remove();
    })();
    return closing;
  };
  return {
    reads: createLetterReads({ ...deps, store }),
    changes: createLetterChanges({ ...deps, store, queue, replayer }),
    close,
    [Symbol.asyncDispose]: close,
  };
}
