import { setTimeout as sleep } from 'node:timers/promises';
import { type Transferable, Worker } from 'node:worker_threads';
import { IsothermError, type IsothermErrorOptions } from '@isotherm/service-kit';

/** Calls of a thread by name: argument and result. */
export type CallMap = Record<string, { argument: unknown; result: unknown }>;

/** How to call. */
export interface CallOptions {
  /** Default 60,000. */
  readonly timeoutMs?: number;
  /** What the argument holds that changes hands. */
  readonly transfer?: readonly Transferable[];
}

/** Calls a thread. */
export interface ThreadCalls<Calls extends CallMap> {
  call<Name extends keyof Calls & string>(
    name: Name,
    argument: Calls[Name]['argument'],
    options?: CallOptions,
  ): Promise<Calls[Name]['result']>;
}

/** A part of the platform that runs on a thread of its own. */
export interface ThreadClient<Calls extends CallMap> extends ThreadCalls<Calls> {
  /** Has the thread begin its work, once; other calls come after. Rejects with its error if it cannot. */
  start(): Promise<void>;
  /** Resolves when the thread has had a turn; rejects when it had none for so long, or ended. */
  ping(timeoutMs: number): Promise<void>;
  /** Resolves when the thread has ended, with the error that ended it if there was one. */
  readonly ended: Promise<Error | undefined>;
  /** Ends the thread at once. Rejects with THREAD_STUCK if native code does not let it end within 5 s. */
  terminate(): Promise<void>;
}

/** What a thread sends. */
export type ThreadMessage =
  | { readonly kind: 'answer'; readonly id: number; readonly result: unknown }
  | { readonly kind: 'refusal'; readonly id: number; readonly error: IsothermErrorOptions }
  | { readonly kind: 'failed'; readonly error: IsothermErrorOptions }
  | { readonly kind: 'progress'; readonly done: number; readonly total: number };

/** What a thread is told. */
export interface ThreadCall {
  readonly id: number;
  readonly name: string;
  readonly argument: unknown;
}

/** How to start a thread. */
export interface ThreadOptions {
  /** Name in logs and in the process list. */
  readonly name: string;
  readonly workerData: unknown;
  readonly transfer?: readonly Transferable[];
  /** Called when the thread says that it cannot go on. One that ends without a word only resolves `ended`. */
  readonly failed: (error: Error) => void;
  /** Told how far the thread has come in starting. Default does nothing. */
  readonly progress?: (done: number, total: number) => void;
}

/** Time a thread may take to begin its work: restoring its state may be long. */
const START_LIMIT_MS = 120_000;

/** Time an ended thread may take to come back from native code. */
const TERMINATE_LIMIT_MS = 5000;

/** Makes a thread and lets it load; it works once `start` is called. */
export function spawnThread<Calls extends CallMap>(entry: URL, options: ThreadOptions): ThreadClient<Calls> {
  const worker = new Worker(entry, {
    name: options.name,
    workerData: options.workerData,
    transferList: [...(options.transfer ?? [])],
  });
  const waiting = new Map<number, { resolve(result: unknown): void; reject(error: Error): void }>();
  let nextId = 1;
  let lastError: Error | undefined;
  let gone: Error | undefined;

  worker.on('message', (message: ThreadMessage) => {
    if (message.kind === 'failed') {
      lastError = new IsothermError(message.error);
      options.failed(lastError);
      return;
    }
    if (message.kind === 'progress') {
      options.progress?.(message.done, message.total);
      return;
    }
    const waiter = waiting.get(message.id);
    waiting.delete(message.id);
    if (message.kind === 'answer') waiter?.resolve(message.result);
    else waiter?.reject(new IsothermError(message.error));
  });
  worker.on('error', (error) => {
    lastError = error instanceof Error ? error : new Error(String(error));
  });
  const ended = new Promise<Error | undefined>((resolve) => {
    worker.once('exit', () => {
      gone = lastError ?? new Error(`Thread ${options.name} ended`);
      for (const { reject } of waiting.values()) reject(gone);
      waiting.clear();
      resolve(lastError);
    });
  });

  function call(name: string, argument: unknown, callOptions: CallOptions = {}): Promise<unknown> {
    const { timeoutMs = 60_000, transfer = [] } = callOptions;
    if (gone !== undefined) return Promise.reject(gone);
    const id = nextId++;
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        waiting.delete(id);
        reject(new Error(`Thread ${options.name} did not answer ${name} within ${timeoutMs} ms`));
      }, timeoutMs);
      const settle = () => clearTimeout(timer);
      waiting.set(id, {
        resolve: (result) => {
          settle();
          resolve(result);
        },
        reject: (error) => {
          settle();
          reject(error);
        },
      });
      worker.postMessage({ id, name, argument } satisfies ThreadCall, [...transfer]);
    });
  }

  return {
    call: call as ThreadClient<Calls>['call'],
    ended,
    async start() {
      await call('start', undefined, { timeoutMs: START_LIMIT_MS });
    },
    async ping(timeoutMs) {
      await call('ping', undefined, { timeoutMs });
    },
    async terminate() {
      const over = new AbortController();
      const stuck = sleep(TERMINATE_LIMIT_MS, undefined, { signal: over.signal, ref: false }).then(() => {
        throw threadStuck(options.name);
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
