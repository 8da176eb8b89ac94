import type { Runtime } from '@isotherm/runtime';
import { backoffMs } from './backoff.ts';
import { errorText } from './error-text.ts';
import type { KubeClient, Selection } from './kube-client.ts';
import { isExpired, KubeError } from './kube-error.ts';
import { type KubeObject, type KubeType, keyOf, pluralOf } from './kube-object.ts';
import type { RuntimeLogger } from './runtime-logger.ts';

/** A mirror of a collection that outlives every failure of the way to the API server. */
export interface Reflector {
  get(key: string): KubeObject | undefined;
  list(): readonly KubeObject[];
  /** Resolves when the collection was listed once. */
  readonly synced: Promise<void>;
  /** Resolves when the reflector has ended, after its signal. */
  readonly ended: Promise<void>;
}

/** What a reflector is made of. */
export interface ReflectorDeps {
  readonly client: KubeClient;
  readonly runtime: Runtime;
  readonly logger: RuntimeLogger;
}

/** Options of {@link startReflector}. */
export interface ReflectorOptions extends Selection {
  readonly type: KubeType;
  /** Called for every object that came, changed or went. What it throws is logged. */
  readonly onChange: (key: string, object: KubeObject, previous: KubeObject | undefined) => void;
  readonly signal: AbortSignal;
  /** Lists again this often, so that nothing that a watch missed stays missed. Default 600,000. */
  readonly relistMs?: number;
  /** Silence after which a watch is taken for dead: the only sign of a connection that is frozen. Default 30,000. */
  readonly idleMs?: number;
  /** Longest back-off. Default 5,000. */
  readonly maxRetryMs?: number;
}

/** A watch that lasted this long was a good one: the back-off starts anew. */
const GOOD_WATCH_MS = 1000;

/** Starts a mirror; it ends by its signal alone. */
export function startReflector(deps: ReflectorDeps, options: ReflectorOptions): Reflector {
  const { client, runtime, logger } = deps;
  const { type, onChange, signal, relistMs = 600_000, idleMs = 30_000, maxRetryMs = 5_000 } = options;
  const objects = new Map<string, KubeObject>();
  const synced = Promise.withResolvers<void>();

  function changed(key: string, object: KubeObject, previous: KubeObject | undefined): void {
    try {
      onChange(key, object, previous);
    } catch (error) {
      logger.error({ kind: type.kind, key, error: errorText(error) }, 'Change handler failed');
    }
  }

  async function relist(): Promise<string> {
    const { resourceVersion, items } = await client.list(type, options);
    const gone = new Map(objects);
    for (const object of items) {
      const key = keyOf(object);
      const previous = objects.get(key);
      gone.delete(key);
      objects.set(key, object);
      if (previous?.metadata.resourceVersion !== object.metadata.resourceVersion) changed(key, object, previous);
    }
    for (const [key, object] of gone) {
      objects.delete(key);
      changed(key, object, object);
    }
    synced.resolve();
    return resourceVersion;
  }

  /** One watch. @returns the version to go on from. Throws 410 where only a list helps. */
  async function watchFrom(resourceVersion: string): Promise<string> {
    let version = resourceVersion;
    const timeoutSeconds = Math.ceil((relistMs / 1000) * (0.5 + runtime.random() / 2));
    for await (const { type: kind, object } of client.watch(type, {
      ...options,
      resourceVersion,
      timeoutSeconds,
      idleMs,
      signal,
    })) {
      if (kind === 'ERROR') throw watchError(object);
      version = object.metadata.resourceVersion ?? version;
      if (kind === 'BOOKMARK') continue;
      const key = keyOf(object);
      const previous = objects.get(key);
      if (kind === 'DELETED') objects.delete(key);
      else objects.set(key, object);
      changed(key, object, previous);
    }
    return version;
  }

  async function run(): Promise<void> {
    let version: string | undefined;
    let listedMs = 0;
    let failures = 0;
    while (!signal.aborted) {
      const beganMs = runtime.monotonicMs();
      try {
        if (version === undefined || beganMs - listedMs > relistMs) {
          version = await relist();
          listedMs = runtime.monotonicMs();
        }
        version = await watchFrom(version);
      } catch (error) {
        if (signal.aborted) return;
        // The version is kept over failures of the connection: the next watch goes on from it.
        if (isExpired(error)) version = undefined;
        const silent = error instanceof KubeError && isIdle(error);
        if (!silent)
          logger.warn({ kind: pluralOf(type.kind), error: errorText(error) }, 'Watch failed; it is tried again');
      }
      failures = runtime.monotonicMs() - beganMs > GOOD_WATCH_MS ? 0 : failures + 1;
      if (failures === 0) continue;
      const delayMs = backoffMs(failures, { firstMs: 200, maxMs: maxRetryMs, random: () => runtime.random() });
      await runtime.sleep(delayMs, signal);
    }
  }

  return {
    get: (key) => objects.get(key),
    list: () => [...objects.values()],
    synced: synced.promise,
    ended: run(),
  };
}

function watchError(object: KubeObject): KubeError {
  const status = object as unknown as { code?: number; reason?: string; message?: string };
  return new KubeError({
    message: status.message ?? 'The API server ended the watch with an error',
    status: status.code ?? 500,
    reason: status.reason ?? 'Unknown',
  });
}

/** Nothing came for a while: with an idle collection that is how every watch ends. */
function isIdle({ cause }: KubeError): boolean {
  return (cause as NodeJS.ErrnoException | undefined)?.code === 'UND_ERR_BODY_TIMEOUT';
}
