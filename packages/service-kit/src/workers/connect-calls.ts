import type { Transferable } from 'node:worker_threads';
import { IsothermError } from '../isotherm-error.ts';
import type { CallMap, CallPort } from './call-port.ts';
import { fromPlainError } from './error-codec.ts';

/** How to call. */
export interface CallOptions {
  /** Default none. */
  readonly timeoutMs?: number;
  /** Gives the call up: it rejects with the signal's reason, and whoever answers is told. */
  readonly signal?: AbortSignal | undefined;
  /** What the argument holds that changes hands. */
  readonly transfer?: readonly Transferable[];
}

/** Calls another thread. */
export interface Calls<Api extends CallMap> {
  call<Name extends keyof Api & string>(
    name: Name,
    argument: Api[Name]['argument'],
    options?: CallOptions,
  ): Promise<Api[Name]['result']>;
}

/** Calls through a port. */
export interface CallClient<Api extends CallMap> extends Calls<Api> {
  /** Rejects calls under way and all later ones with this error. */
  disconnect(error: Error): void;
}

interface Pending {
  resolve(result: unknown): void;
  reject(error: unknown): void;
}

/** Options of {@link connectCalls}. */
export interface ConnectOptions {
  /** Who answers, in errors. */
  readonly name: string;
  /** Calls under way at most; further ones are refused. Default 4,096. */
  readonly maxInFlight?: number;
}

/** Calls whoever answers at the other end of a port. Overflow: refuse the newest call. */
export function connectCalls<Api extends CallMap>(port: CallPort, options: ConnectOptions): CallClient<Api> {
  const { name, maxInFlight = 4096 } = options;
  const pending = new Map<number, Pending>();
  let nextId = 1;
  let disconnected: Error | undefined;

  port.on('message', (message) => {
    if (message.kind !== 'answer' && message.kind !== 'refusal') return;
    const waiting = pending.get(message.id);
    pending.delete(message.id);
    if (message.kind === 'answer') waiting?.resolve(message.result);
    else waiting?.reject(fromPlainError(message.error));
  });

  function call(method: string, argument: unknown, callOptions: CallOptions = {}): Promise<unknown> {
    const { timeoutMs, signal, transfer = [] } = callOptions;
    if (disconnected !== undefined) return Promise.reject(disconnected);
    if (signal?.aborted) return Promise.reject(signal.reason);
    if (pending.size >= maxInFlight) return Promise.reject(busy(name, maxInFlight));
    const id = nextId++;
    return new Promise((resolve, reject) => {
      const giveUp = (reason: unknown) => {
        settle();
        port.postMessage({ kind: 'cancel', id });
        reject(reason);
      };
      const onAbort = () => giveUp(signal?.reason);
      const timer =
        timeoutMs === undefined ? undefined : setTimeout(() => giveUp(tooSlow(name, method, timeoutMs)), timeoutMs);
      const settle = () => {
        pending.delete(id);
        clearTimeout(timer);
        signal?.removeEventListener('abort', onAbort);
      };
      signal?.addEventListener('abort', onAbort, { once: true });
      pending.set(id, {
        resolve(result) {
          settle();
          resolve(result);
        },
        reject(error) {
          settle();
          reject(error);
        },
      });
      port.postMessage({ kind: 'call', id, name: method, argument }, [...transfer]);
    });
  }

  return {
    call: call as CallClient<Api>['call'],
    disconnect(error) {
      disconnected ??= error;
      for (const { reject } of [...pending.values()]) reject(disconnected);
    },
  };
}

function tooSlow(name: string, method: string, timeoutMs: number): IsothermError {
  return new IsothermError({
    code: 'DEADLINE_EXCEEDED',
    id: 'WORKER_TOO_SLOW',
    message: `Worker ${name} did not answer ${method} within ${timeoutMs} ms.`,
    advice: 'Ask again shortly; its log says what it is doing.',
    metadata: { worker: name },
  });
}

function busy(name: string, maxInFlight: number): IsothermError {
  return new IsothermError({
    code: 'RESOURCE_EXHAUSTED',
    id: 'WORKER_BUSY',
    message: `Worker ${name} has ${maxInFlight} calls of this thread in flight and takes no more.`,
    advice: 'Ask again after a moment.',
    retryAfterMs: 500,
    metadata: { worker: name },
  });
}
