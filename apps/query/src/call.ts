import { type Caller, IsothermError } from '@isotherm/service-kit';

/** How long a call waits: when its caller stops, and a signal that fires when it did. */
export interface CallTiming {
  readonly signal: AbortSignal;
  /** Milliseconds since the epoch by the machine's clock, which also rules timers and the network. */
  readonly deadlineMs: number;
}

/** What every read carries. */
export interface Call extends CallTiming {
  readonly caller: Caller;
}

/** The clock that answers are dated by: milliseconds since the epoch. */
export type Clock = () => number;

/** How a stream ends when the server stops: the client is to come back. */
export function serverStopping(): IsothermError {
  return new IsothermError({
    code: 'UNAVAILABLE',
    id: 'SERVER_STOPPING',
    message: 'The server is stopping.',
    advice: 'Connect again shortly.',
    retryAfterMs: 1000,
  });
}
