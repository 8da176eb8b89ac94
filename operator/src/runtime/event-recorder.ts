import type { Runtime } from '@isotherm/runtime';
import { digestOf } from './digest.ts';
import { errorText } from './error-text.ts';
import type { KubeClient } from './kube-client.ts';
import { isNotFound } from './kube-error.ts';
import type { KubeObject } from './kube-object.ts';
import { microTime } from './lease.ts';
import type { RuntimeLogger } from './runtime-logger.ts';

/** Something worth telling about an object. */
export interface EventWish {
  readonly regarding: KubeObject;
  readonly type: 'Normal' | 'Warning';
  /** Why, in one word: ScaledUp. */
  readonly reason: string;
  /** What was done, in one word: Scale. */
  readonly action: string;
  /** One or two sentences. Cut at 1,024 characters, which is all that an Event holds. */
  readonly note: string;
}

/** Writes Events in the background. */
export interface EventRecorder {
  /** The same reason and note of an object within ten minutes is counted, not written again. */
  record(wish: EventWish): void;
  /** Resolves when everything recorded so far was written or given up. */
  flush(): Promise<void>;
}

/** What a recorder is made of. */
export interface EventRecorderDeps {
  readonly client: KubeClient;
  readonly runtime: Runtime;
  readonly logger: RuntimeLogger;
}

/** Options of {@link createEventRecorder}. */
export interface EventRecorderOptions {
  /** Name of this process. */
  readonly instance: string;
  /** Events of one object written at once. Default 25. */
  readonly burst?: number;
  /** One more after this long. Default 300,000. */
  readonly refillMs?: number;
}

const EVENT = { apiVersion: 'events.k8s.io/v1', kind: 'Event' } as const;
const MAX_NOTE = 1024;
const SERIES_MS = 600_000;
/** Objects and notes that are remembered; the oldest are forgotten first. */
const MAX_REMEMBERED = 4096;
/** Events that wait to be written; further ones are dropped and logged. */
const MAX_PENDING = 256;

interface Series {
  readonly name: string;
  readonly sinceMs: number;
  count: number;
}

interface Bucket {
  tokens: number;
  filledMs: number;
}

/** Creates a recorder. */
export function createEventRecorder(deps: EventRecorderDeps, options: EventRecorderOptions): EventRecorder {
  const { client, runtime, logger } = deps;
  const { instance, burst = 25, refillMs = 300_000 } = options;
  const series = new Map<string, Series>();
  const buckets = new Map<string, Bucket>();
  let pending = 0;
  let chain: Promise<void> = Promise.resolve();

  function allowed(uid: string): boolean {
    const nowMs = runtime.monotonicMs();
    const bucket = buckets.get(uid) ?? { tokens: burst, filledMs: nowMs };
    const refilled = Math.floor((nowMs - bucket.filledMs) / refillMs);
    bucket.tokens = Math.min(burst, bucket.tokens + refilled);
    bucket.filledMs += refilled * refillMs;
    remember(buckets, uid, bucket);
    if (bucket.tokens < 1) return false;
    bucket.tokens--;
    return true;
  }

  async function write(wish: EventWish, key: string): Promise<void> {
    const { regarding, type, reason, action, note } = wish;
    const nowMs = runtime.now();
    const namespace = regarding.metadata.namespace ?? 'default';
    const known = series.get(key);
    if (known !== undefined && runtime.monotonicMs() - known.sinceMs < SERIES_MS) {
      known.count++;
      const patch = { series: { count: known.count, lastObservedTime: microTime(nowMs) } };
      try {
        await client.merge({ ...EVENT, namespace, name: known.name }, patch);
        return;
      } catch (error) {
        if (!isNotFound(error)) throw error;
      }
    }
    const name = `${regarding.metadata.name.slice(0, 200)}.${digestOf([key, nowMs])}`;
    await client.create({
      ...EVENT,
      metadata: { name, namespace },
      eventTime: microTime(nowMs),
      reportingController: 'isotherm.dev/operator',
      reportingInstance: instance,
      action,
      reason,
      type,
      note,
      regarding: {
        apiVersion: regarding.apiVersion,
        kind: regarding.kind,
        name: regarding.metadata.name,
        namespace,
        uid: regarding.metadata.uid,
        resourceVersion: regarding.metadata.resourceVersion,
      },
    });
    remember(series, key, { name, sinceMs: runtime.monotonicMs(), count: 1 });
  }

  return {
    record(wish) {
      const note = wish.note.length > MAX_NOTE ? `${wish.note.slice(0, MAX_NOTE - 1)}…` : wish.note;
      const uid = wish.regarding.metadata.uid ?? wish.regarding.metadata.name;
      if (pending >= MAX_PENDING || !allowed(uid)) {
        logger.debug({ reason: wish.reason, note }, 'Event dropped: too many');
        return;
      }
      pending++;
      chain = chain
        .then(() => write({ ...wish, note }, digestOf([uid, wish.type, wish.reason, note])))
        .catch((error: unknown) => logger.warn({ reason: wish.reason, error: errorText(error) }, 'Event not written'))
        .then(() => void pending--);
    },
    flush: () => chain,
  };
}

function remember<V>(map: Map<string, V>, key: string, value: V): void {
  map.delete(key);
  map.set(key, value);
  if (map.size > MAX_REMEMBERED) map.delete(map.keys().next().value!);
}
