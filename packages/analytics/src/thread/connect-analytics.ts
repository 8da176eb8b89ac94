import type { MessagePort } from 'node:worker_threads';
import { type CallClient, type CallOptions, connectCalls, IsothermError } from '@isotherm/service-kit';
import type { AnalyticsBackend } from '../analytics-backend.ts';
import type { AnalyticsStore } from '../analytics-store.ts';
import { cancelled } from '../clickhouse-error.ts';
import { createEncodingStore } from '../encoding-store.ts';
import type { BackendCalls } from './backend-calls.ts';

/** Calls in flight through one port; past it, calls are refused. */
const MAX_CALLS_IN_FLIGHT = 256;

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
  let connected: { readonly port: MessagePort; readonly client: CallClient<BackendCalls> } | undefined;
  let open = true;
  /** Resolves when there was a port once, or will never be one. */
  const begun = Promise.withResolvers<void>();
  let hasBegun = false;

  function attach(port: MessagePort): void {
    detach();
    if (!open) {
      port.close();
      return;
    }
    connected = {
      port,
      client: connectCalls<BackendCalls>(port, { name: 'analytics', maxInFlight: MAX_CALLS_IN_FLIGHT }),
    };
    begin();
    port.on('close', () => {
      if (connected?.port === port) detach();
    });
  }

  function begin(): void {
    hasBegun = true;
    begun.resolve();
  }

  function detach(): void {
    const last = connected;
    connected = undefined;
    last?.client.disconnect(disconnected());
    last?.port.close();
  }

  async function call<Name extends keyof BackendCalls & string>(
    name: Name,
    argument: BackendCalls[Name]['argument'],
    options: CallOptions = {},
  ): Promise<BackendCalls[Name]['result']> {
    if (!hasBegun) await begun.promise;
    if (connected === undefined) throw disconnected();
    try {
      return await connected.client.call(name, argument, options);
    } catch (error) {
      throw options.signal?.aborted ? cancelled(options.signal.reason) : error;
    }
  }

  if (firstPort !== undefined) attach(firstPort);
  return {
    attach,
    migrate: () => call('migrate', undefined),
    write: (rows) => call('write', rows, { transfer: [rows.bytes.buffer] }),
    history: (query, signal) => call('history', query, { signal }),
    rank: (query, signal) => call('rank', query, { signal }),
    deadLetters: (query, signal) => call('deadLetters', query, { signal }),
    countDeadLetters: (filter, signal) => call('countDeadLetters', filter, { signal }),
    removeDeadLetters: (letters) =>
      call(
        'removeDeadLetters',
        letters.map(({ partition, offset, row, incarnation }) => ({ partition, offset, row, incarnation })),
      ),
    totals: () => call('totals', undefined),
    rollUp: (quietMs) => call('rollUp', quietMs),
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
