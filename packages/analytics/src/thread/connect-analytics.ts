import type { MessagePort } from 'node:worker_threads';
import { IsothermError } from '@isotherm/service-kit';
import type { AnalyticsBackend } from '../analytics-backend.ts';
import type {
  AnalyticsStore,
  DeadLetterCount,
  HistoryRow,
  RankRow,
  StoredDeadLetter,
  StoreTotals,
} from '../analytics-store.ts';
import { cancelled } from '../clickhouse-error.ts';
import { createEncodingStore } from '../encoding-store.ts';
import { type BackendCall, type BackendResult, fromWire, type ReplyMessage, type RequestMessage } from './messages.ts';

/** Calls in flight through one port; past it, calls are refused. */
const MAX_CALLS_IN_FLIGHT = 256;

interface Pending {
  readonly resolve: (result: BackendResult) => void;
  readonly reject: (error: unknown) => void;
}

/** A store on the other end of a port. When that goes away, calls are refused until there is another port. */
export interface AnalyticsConnection extends AnalyticsStore {
  /** Goes on through another port; calls under way on the one before are refused. */
  attach(port: MessagePort): void;
}

/**
 * The store at the other end of a port of {@link startAnalyticsThread}, for another thread. Rows are encoded here and
 * their memory is transferred. Closing it closes the port, not the store. Overflow: refuse the newest call.
 *
 * @param port where the store is; undefined as long as there is none: calls wait for the first that is attached.
 */
export function connectAnalytics(port?: MessagePort): AnalyticsConnection {
  const backend = connectBackend(port);
  return { ...createEncodingStore(backend), attach: backend.attach };
}

/** The same for rows that are encoded already. */
export function connectBackend(firstPort?: MessagePort): AnalyticsBackend & Pick<AnalyticsConnection, 'attach'> {
  const pending = new Map<number, Pending>();
  let nextId = 1;
  let port: MessagePort | undefined;
  let open = true;
  /** Resolves when there was a port once, or will never be one. */
  const begun = Promise.withResolvers<void>();
  let hasBegun = false;

  function settleAll(): void {
    for (const { reject } of pending.values()) reject(disconnected());
    pending.clear();
  }

  function attach(next: MessagePort): void {
    detach();
    if (!open) {
      next.close();
      return;
    }
    port = next;
    begin();
    next.on('message', settle);
    next.on('close', () => {
      if (port === next) detach();
    });
  }

  function begin(): void {
    hasBegun = true;
    begun.resolve();
  }

  function detach(): void {
    const last = port;
    port = undefined;
    last?.close();
    settleAll();
  }

  function call(request: BackendCall, transfer: readonly ArrayBuffer[], signal?: AbortSignal): Promise<BackendResult> {
    if (!hasBegun) return begun.promise.then(() => call(request, transfer, signal));
    const to = port;
    if (to === undefined) return Promise.reject(disconnected());
    if (signal?.aborted) return Promise.reject(cancelled(signal.reason));
    if (pending.size >= MAX_CALLS_IN_FLIGHT) return Promise.reject(busy());
    const id = nextId++;
    return new Promise((resolve, reject) => {
      const onAbort = () => {
        pending.delete(id);
        to.postMessage({ kind: 'cancel', id } satisfies RequestMessage);
        reject(cancelled(signal?.reason));
      };
      const settle = () => signal?.removeEventListener('abort', onAbort);
      signal?.addEventListener('abort', onAbort, { once: true });
      pending.set(id, {
        resolve: (result) => {
          settle();
          resolve(result);
        },
        reject: (error) => {
          settle();
          reject(error);
        },
      });
      to.postMessage({ kind: 'call', id, call: request } satisfies RequestMessage, [...transfer]);
    });
  }

  function settle(message: ReplyMessage): void {
    const entry = pending.get(message.id);
    if (entry === undefined) return;
    pending.delete(message.id);
    if (message.ok) entry.resolve(message.result);
    else entry.reject(fromWire(message.error));
  }

  if (firstPort !== undefined) attach(firstPort);
  return {
    attach,
    migrate: async () => void (await call({ method: 'migrate' }, [])),
    write: async (rows) => (await call({ method: 'write', rows }, [rows.bytes.buffer])) as Uint8Array<ArrayBuffer>,
    history: async (query, signal) => (await call({ method: 'history', query }, [], signal)) as readonly HistoryRow[],
    rank: async (query, signal) => (await call({ method: 'rank', query }, [], signal)) as readonly RankRow[],
    deadLetters: async (query, signal) =>
      (await call({ method: 'deadLetters', query }, [], signal)) as readonly StoredDeadLetter[],
    countDeadLetters: async (filter, signal) =>
      (await call({ method: 'countDeadLetters', filter }, [], signal)) as readonly DeadLetterCount[],
    removeDeadLetters: async (letters) =>
      void (await call(
        {
          method: 'removeDeadLetters',
          letters: letters.map(({ partition, offset, row, incarnation }) => ({ partition, offset, row, incarnation })),
        },
        [],
      )),
    totals: async () => (await call({ method: 'totals' }, [])) as StoreTotals,
    rollUp: async (quietMs) => void (await call({ method: 'rollUp', quietMs }, [])),
    async close() {
      open = false;
      begin();
      detach();
    },
  };
}

function disconnected(): IsothermError {
  return new IsothermError({
    code: 'UNAVAILABLE',
    id: 'ANALYTICS_CLOSED',
    message: 'The analytical store is closed.',
    advice: 'Write again when the platform is up; rows not confirmed are not lost while the log has them.',
    retryAfterMs: 1_000,
  });
}

function busy(): IsothermError {
  return new IsothermError({
    code: 'RESOURCE_EXHAUSTED',
    id: 'ANALYTICS_BUSY',
    message: `The analytical store has ${MAX_CALLS_IN_FLIGHT} calls of this thread in flight and takes no more.`,
    advice: 'Ask again after a moment.',
    retryAfterMs: 500,
  });
}
