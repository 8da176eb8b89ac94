import { once } from 'node:events';
import { type Transferable, Worker } from 'node:worker_threads';
import { IsothermError, type IsothermErrorOptions } from '@isotherm/service-kit';

/** A part of the platform that runs on a thread of its own. `Calls` maps its calls to argument and result. */
export interface ThreadClient<Calls extends Record<string, { argument: unknown; result: unknown }>> {
  call<Name extends keyof Calls & string>(
    name: Name,
    argument: Calls[Name]['argument'],
    timeoutMs?: number,
  ): Promise<Calls[Name]['result']>;
  /** Resolves when the thread has ended, with the error that ended it if there was one. */
  readonly ended: Promise<Error | undefined>;
  /** Ends the thread at once. */
  terminate(): Promise<void>;
}

/** What a thread sends. */
export type ThreadMessage =
  | { readonly kind: 'answer'; readonly id: number; readonly result: unknown }
  | { readonly kind: 'refusal'; readonly id: number; readonly error: IsothermErrorOptions }
  | { readonly kind: 'failed'; readonly error: IsothermErrorOptions };

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
  /** Called when the thread says that it cannot go on, or ends unasked. */
  readonly failed: (error: Error) => void;
}

/** Starts a thread and resolves once it answers; rejects with its error if it cannot start. */
export async function startThread<Calls extends Record<string, { argument: unknown; result: unknown }>>(
  entry: URL,
  options: ThreadOptions,
): Promise<ThreadClient<Calls>> {
  const worker = new Worker(entry, {
    name: options.name,
    workerData: options.workerData,
    transferList: [...(options.transfer ?? [])],
  });
  const waiting = new Map<number, { resolve(result: unknown): void; reject(error: Error): void }>();
  let nextId = 1;
  let expected = false;
  let lastError: Error | undefined;

  worker.on('message', (message: ThreadMessage) => {
    if (message.kind === 'failed') {
      lastError = new IsothermError(message.error);
      options.failed(lastError);
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
  const ended = once(worker, 'exit').then(() => {
    const error = lastError ?? new Error(`Thread ${options.name} ended`);
    for (const { reject } of waiting.values()) reject(error);
    waiting.clear();
    if (!expected) options.failed(error);
    return lastError;
  });

  function call(name: string, argument: unknown, timeoutMs = 60_000): Promise<unknown> {
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
      worker.postMessage({ id, name, argument } satisfies ThreadCall);
    });
  }

  const client: ThreadClient<Calls> = {
    call: call as ThreadClient<Calls>['call'],
    ended,
    async terminate() {
      expected = true;
      await worker.terminate();
    },
  };
  try {
    expected = true;
    await call('start', undefined, 120_000);
    expected = false;
  } catch (error) {
    await client.terminate();
    throw error;
  }
  return client;
}
