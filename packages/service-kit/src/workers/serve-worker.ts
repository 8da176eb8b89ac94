import { parentPort } from 'node:worker_threads';
import type { CallMap, CallPort } from './call-port.ts';
import { type CallOptions, connectCalls } from './connect-calls.ts';
import { toPlainError } from './error-codec.ts';
import { type CallHandlers, serveCalls } from './serve-calls.ts';
import type { HostCalls } from './spawn-worker.ts';

/** The parent's side, seen from a worker. */
export interface WorkerHost {
  /** Says that this worker cannot go on. */
  failed(error: unknown): void;
  /** Says how far it has come in starting. */
  progress(done: number, total: number): void;
  /** Asks the parent for something that it answers: see {@link WorkerOptions.answers}. */
  ask(name: string, argument: unknown, options?: CallOptions): Promise<unknown>;
}

/** Answers the parent's calls. `start` runs once, when the parent says so, and returns the handlers of all calls. */
export function serveWorker<Api extends CallMap>(start: (host: WorkerHost) => Promise<CallHandlers<Api>>): void {
  if (parentPort === null) throw new Error('This file is the entry of a worker thread; it cannot be run by itself.');
  const port: CallPort = parentPort;
  const parent = connectCalls<CallMap>(port, { name: 'parent' });
  const tell = (name: keyof HostCalls, argument: unknown) => void parent.call(name, argument).catch(() => undefined);
  const host: WorkerHost = {
    failed: (error) => tell('failed', toPlainError(error)),
    progress: (done, total) => tell('progress', { done, total }),
    ask: (name, argument, options) => parent.call(name, argument, options),
  };
  let handlers: Readonly<Record<string, (argument: never, signal: AbortSignal) => unknown>> = {
    ping: () => undefined,
    start: async () => {
      handlers = { ...handlers, ...(await start(host)) };
    },
  };
  serveCalls(port, () => handlers);
}
