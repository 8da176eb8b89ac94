import type { Runtime } from '@isotherm/runtime';
import { errorText } from './error-text.ts';
import type { KubeClient } from './kube-client.ts';
import { isConflict, isNotFound } from './kube-error.ts';
import type { KubeObject, KubeRef } from './kube-object.ts';
import type { RuntimeLogger } from './runtime-logger.ts';

/** What leader election is made of. */
export interface LeaseDeps {
  readonly client: KubeClient;
  readonly runtime: Runtime;
  readonly logger: RuntimeLogger;
  /** Told when this process begins and ends to lead. */
  readonly onLeads?: (leading: boolean) => void;
}

/** Options of {@link holdLease}. */
export interface LeaseOptions {
  readonly namespace: string;
  readonly name: string;
  /** Name of this process, unlike any other's. */
  readonly identity: string;
  /** Runs while this process leads; must end soon after its signal aborts. */
  readonly lead: (signal: AbortSignal) => Promise<void>;
  readonly signal: AbortSignal;
  /** Others take over after this long without a renewal. Default 15,000. */
  readonly leaseMs?: number;
  /** The holder stops leading after this long without a renewal: before others take over. Default 10,000. */
  readonly renewMs?: number;
  /** Between two tries. Default 2,000. */
  readonly retryMs?: number;
}

const LEASE = { apiVersion: 'coordination.k8s.io/v1', kind: 'Lease' } as const;

interface LeaseSpec {
  readonly holderIdentity?: string;
  readonly leaseDurationSeconds?: number;
  readonly acquireTime?: string;
  readonly renewTime?: string;
  readonly leaseTransitions?: number;
}

/**
 * Leads while it holds the Lease, and waits for it otherwise; ends with its signal, giving the Lease up. Clocks of
 * processes are never compared: a lease is over when it has not changed for its duration by the clock of who watches it.
 * @see https://pkg.go.dev/k8s.io/client-go/tools/leaderelection, whose times these are.
 */
export async function holdLease(deps: LeaseDeps, options: LeaseOptions): Promise<void> {
  const { client, runtime, logger, onLeads = () => {} } = deps;
  const { namespace, name, identity, lead, signal, leaseMs = 15_000, renewMs = 10_000, retryMs = 2_000 } = options;
  const ref: KubeRef = { ...LEASE, namespace, name };
  let seenVersion: string | undefined;
  let seenMs = 0;

  function see(lease: KubeObject): void {
    if (lease.metadata.resourceVersion === seenVersion) return;
    seenVersion = lease.metadata.resourceVersion;
    seenMs = runtime.monotonicMs();
  }

  function claim(previous: LeaseSpec | undefined): LeaseSpec {
    const renewTime = microTime(runtime.now());
    const mine = previous?.holderIdentity === identity;
    return {
      holderIdentity: identity,
      leaseDurationSeconds: Math.ceil(leaseMs / 1000),
      acquireTime: (mine ? previous?.acquireTime : undefined) ?? renewTime,
      renewTime,
      leaseTransitions: (previous?.leaseTransitions ?? -1) + (mine ? 0 : 1),
    };
  }

  /** Takes or renews. @returns whether this process holds it now. */
  async function attempt(): Promise<boolean> {
    let lease: KubeObject;
    try {
      lease = await client.get(ref);
    } catch (error) {
      if (!isNotFound(error)) throw error;
      see(await client.create({ ...LEASE, metadata: { name, namespace }, spec: claim(undefined) }));
      return true;
    }
    see(lease);
    const spec = (lease['spec'] ?? {}) as LeaseSpec;
    const holder = spec.holderIdentity ?? '';
    const overMs = seenMs + (spec.leaseDurationSeconds ?? 0) * 1000;
    if (holder !== '' && holder !== identity && runtime.monotonicMs() < overMs) return false;
    see(await client.replace({ ...lease, spec: claim(spec) }));
    return true;
  }

  async function tryFor(limitMs: number, what: string): Promise<boolean | undefined> {
    try {
      return await within(runtime, limitMs, attempt());
    } catch (error) {
      if (isConflict(error)) return false;
      if (!signal.aborted) logger.warn({ lease: name, error: errorText(error) }, `${what} the lease failed`);
      return undefined;
    }
  }

  /** Renews until it cannot. */
  async function keep(): Promise<void> {
    let renewedMs = runtime.monotonicMs();
    while (!signal.aborted) {
      await runtime.sleep(retryMs, signal);
      const leftMs = renewMs - (runtime.monotonicMs() - renewedMs);
      // Also after this process was stopped for a while: by then another may lead.
      if (signal.aborted || leftMs <= 0) return;
      const askedMs = runtime.monotonicMs();
      const held = await tryFor(leftMs, 'Renewing');
      if (held === false) return;
      if (held) renewedMs = askedMs;
    }
  }

  async function release(): Promise<void> {
    const lease = await client.get(ref);
    const spec = (lease['spec'] ?? {}) as LeaseSpec;
    if (spec.holderIdentity !== identity) return;
    const freed = { ...spec, holderIdentity: '', leaseDurationSeconds: 1, renewTime: microTime(runtime.now()) };
    await client.replace({ ...lease, spec: freed });
  }

  while (!signal.aborted) {
    if ((await tryFor(renewMs, 'Acquiring')) !== true) {
      await runtime.sleep(retryMs * (0.8 + runtime.random() * 0.4), signal);
      continue;
    }
    logger.info({ lease: name, identity }, 'Lease acquired');
    onLeads(true);
    const term = new AbortController();
    const working = lead(AbortSignal.any([term.signal, signal])).catch((error: unknown) => {
      logger.error({ error: errorText(error) }, 'Leading failed');
    });
    await Promise.race([keep(), working]);
    term.abort();
    onLeads(false);
    await working;
    logger.info({ lease: name, identity }, 'Lease no longer held');
    if (signal.aborted) await within(runtime, 2_000, release()).catch(() => {});
  }
}

/** MicroTime has six digits, or the API server refuses it. */
export function microTime(nowMs: number): string {
  return `${new Date(nowMs).toISOString().slice(0, -1)}000Z`;
}

async function within<T>(runtime: Runtime, limitMs: number, promise: Promise<T>): Promise<T> {
  const late = Promise.withResolvers<never>();
  const timer = runtime.after(limitMs, () => late.reject(new Error(`No answer within ${Math.round(limitMs)} ms`)));
  try {
    return await Promise.race([promise, late.promise]);
  } finally {
    timer.cancel();
  }
}
