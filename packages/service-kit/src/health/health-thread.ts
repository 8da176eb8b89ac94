import { workerData } from 'node:worker_threads';
import { serveWorker } from '../workers/serve-worker.ts';
import { startHealthServer } from './health-server.ts';
import { heartbeatIn } from './heartbeat.ts';

/** What the thread is given. */
export interface HealthThreadData {
  readonly host: string;
  readonly port: number;
  readonly heartbeat: SharedArrayBuffer;
  readonly maxSilenceMs: number;
}

/** What the process says of itself. */
export interface HealthState {
  /** Why it cannot go on; undefined while it can. */
  readonly failure: string | undefined;
  /** Why each part takes no work; undefined where it does. */
  readonly parts: Readonly<Record<string, string | undefined>>;
}

/** Calls of the thread. */
export type HealthThreadCalls = {
  /** Where it listens, host:port. */
  address: { argument: undefined; result: string };
  tell: { argument: HealthState; result: undefined };
  close: { argument: undefined; result: undefined };
};

/** Metrics are the process's own to give: it may be busy for so long. */
const METRICS_LIMIT_MS = 8000;

serveWorker<HealthThreadCalls>(async (host) => {
  const { heartbeat: memory, maxSilenceMs, ...listen } = workerData as HealthThreadData;
  const heartbeat = heartbeatIn(memory);
  let state: HealthState = { failure: undefined, parts: { process: 'It is starting.' } };
  const silence = (): string | undefined => {
    const ageMs = heartbeat.ageMs();
    return ageMs > maxSilenceMs ? `Its event loop has had no turn for ${(ageMs / 1000).toFixed(1)} s.` : undefined;
  };
  const server = await startHealthServer(
    {
      whyNotLive: () => state.failure ?? silence(),
      whyNotReady: () => ({ ...state.parts, loop: state.failure ?? silence() }),
      metrics: async () => (await host.ask('metrics', undefined, { timeoutMs: METRICS_LIMIT_MS })) as string,
    },
    listen,
  );
  return {
    address: () => server.address,
    tell(next) {
      state = next;
      return undefined;
    },
    async close() {
      await server.close();
      return undefined;
    },
  };
});
