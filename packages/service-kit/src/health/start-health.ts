import { spawnWorker } from '../workers/spawn-worker.ts';
import type { HealthState, HealthThreadCalls, HealthThreadData } from './health-thread.ts';
import { heartbeatIn, heartbeatMemory } from './heartbeat.ts';

/** Options of {@link startHealth}. */
export interface HealthOptions {
  readonly host: string;
  /** 0 for any free one. */
  readonly port: number;
  /** Time without a turn of the event loop after which the process counts as dead, in ms. Default 20,000. */
  readonly maxSilenceMs?: number;
}

/** Health and metrics of a process, as probes see them. */
export interface Health {
  /** host:port it listens on. */
  readonly address: string;
  /** A part takes work (no reason), or does not, and why. Readiness of the process is that of all parts named so far. */
  set(part: string, whyNot?: string): void;
  /** The process cannot go on: /livez asks for a restart. */
  fail(reason: string): void;
  close(): Promise<void>;
}

const BEAT_MS = 500;

/**
 * Serves /livez, /readyz and /metrics on a thread of its own, so that probes are answered while the caller's event loop
 * is busy. Live is a process whose loop has had a turn lately and that has not failed; what it depends on is no matter
 * of liveness.
 *
 * @param metrics metrics in Prometheus' text format
 * @throws IsothermError PORT_IN_USE and its kin
 */
export async function startHealth(metrics: () => Promise<string>, options: HealthOptions): Promise<Health> {
  const { host, port, maxSilenceMs = 20_000 } = options;
  const memory = heartbeatMemory();
  const heartbeat = heartbeatIn(memory);
  const worker = spawnWorker<HealthThreadCalls>(new URL('./health-thread.ts', import.meta.url), {
    name: 'health',
    workerData: { host, port, heartbeat: memory, maxSilenceMs } satisfies HealthThreadData,
    failed: (error) => fail(error.message),
    answers: { metrics },
  });
  const beating = setInterval(() => heartbeat.beat(), BEAT_MS).unref();
  let state: HealthState = { failure: undefined, parts: {} };
  const tell = (next: HealthState) => {
    state = next;
    worker.call('tell', state).catch(() => undefined);
  };
  const fail = (failure: string) => tell({ ...state, failure });
  try {
    await worker.start();
  } catch (error) {
    clearInterval(beating);
    await worker.terminate();
    throw error;
  }
  const address = await worker.call('address', undefined);
  return {
    address,
    set: (part, whyNot) => tell({ ...state, parts: { ...state.parts, [part]: whyNot } }),
    fail,
    async close() {
      clearInterval(beating);
      await worker.call('close', undefined).catch(() => undefined);
      await worker.terminate();
    },
  };
}
