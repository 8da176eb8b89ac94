import { setTimeout as sleep } from 'node:timers/promises';
import { type Transferable, Worker } from 'node:worker_threads';
import { IsothermError } from '../isotherm-error.ts';
import type { CallMap } from './call-port.ts';
import { type Calls, connectCalls } from './connect-calls.ts';
import { fromPlainError, type PlainError } from './error-codec.ts';
import { serveCalls } from './serve-calls.ts';

/** What a worker tells its parent. */
export type HostCalls = {
  failed: { argument: PlainError; result: undefined };
  progress: { argument: { readonly done: number; readonly total: number }; result: undefined };
};

/** A worker thread and the calls it answers. */
export interface WorkerClient<Api extends CallMap> extends Calls<Api> {
  /** Has the worker begin its work, once; other calls come after. Rejects with its error if it cannot. */
  start(): Promise<void>;
  /** Resolves when the worker has had a turn; rejects when it had none for so long, or ended. */
  ping(timeoutMs: number): Promise<void>;
  /** Resolves when the worker has ended, with the error that ended it if there was one. */
  readonly ended: Promise<Error | undefined>;
  /** Ends the worker at once. Rejects with THREAD_STUCK if native code does not let it end within 5 s. */
  terminate(): Promise<void>;
}

/** How to start a worker. */
export interface WorkerOptions {
  /** Name in logs and in the process list. */
  readonly name: string;
  readonly workerData: unknown;
  readonly transfer?: readonly Transferable[];
  /** Called when the worker says that it cannot go on. One that crashes only resolves `ended`. */
  readonly failed: (error: Error) => void;
  /** Told how far the worker has come in starting. Default does nothing. */
  readonly progress?: (done: number, total: number) => void;
  /** What the worker may ask its parent for, by name. Default nothing. */
  readonly answers?: Readonly<Record<string, (argument: never) => unknown>>;
}

/** Time a worker may take to begin its work: restoring its state may be long. */
const START_LIMIT_MS = 120_000;
const CALL_LIMIT_MS = 60_000;

/** Time an ended worker may take to come back from native code. */
const TERMINATE_LIMIT_MS = 5000;

/** Makes a worker and lets it load; it works once `start` is called. */
export function spawnWorker<Api extends CallMap>(entry: URL, options: WorkerOptions): WorkerClient<Api> {
  const { name, failed, progress } = options;
  const worker = new Worker(entry, {
    name,
    workerData: options.workerData,
    transferList: [...(options.transfer ?? [])],
  });
  const client = connectCalls<Api>(worker, { name });
  let lastError: Error | undefined;

  serveCalls(worker, () => ({
    ...options.answers,
    failed: (error: PlainError) => {
      lastError = fromPlainError(error);
      failed(lastError);
    },
    progress: ({ done, total }: HostCalls['progress']['argument']) => progress?.(done, total),
  }));
  worker.on('error', (error) => {
    lastError = error instanceof Error ? error : new Error(String(error));
  });
  const ended = new Promise<Error | undefined>((resolve) => {
    worker.once('exit', () => {
      client.disconnect(lastError ?? new Error(`Thread ${name} ended`));
      resolve(lastError);
    });
  });
  const call: Calls<Api>['call'] = (method, argument, callOptions) =>
    client.call(method, argument, { timeoutMs: CALL_LIMIT_MS, ...callOptions });

  return {
    call,
    ended,
    start: async () => void (await call('start', undefined, { timeoutMs: START_LIMIT_MS })),
    ping: async (timeoutMs) => void (await call('ping', undefined, { timeoutMs })),
    async terminate() {
      const over = new AbortController();
      const stuck = sleep(TERMINATE_LIMIT_MS, undefined, { signal: over.signal, ref: false }).then(() => {
        throw threadStuck(name);
      });
      try {
        await Promise.race([worker.terminate().then(() => ended), stuck]);
      } finally {
        over.abort();
        stuck.catch(() => undefined);
      }
    },
  };
}

function threadStuck(name: string): IsothermError {
  return new IsothermError({
    code: 'INTERNAL',
    id: 'THREAD_STUCK',
    message: `Thread ${name} does not come back from native code (the log's LMDB or the ClickHouse engine) and cannot be ended.`,
    advice: 'Look at the disk of its directory, then start again: everything acked is kept.',
    metadata: { thread: name },
  });
}
