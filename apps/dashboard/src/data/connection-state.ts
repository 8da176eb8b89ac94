/** How the page stands with the platform. Times are milliseconds since 1970 on the browser's clock. */
export type ConnectionState =
  /** The first attempt has not been answered. */
  | { readonly phase: 'connecting'; readonly sinceMs: number }
  /** Messages arrive. */
  | { readonly phase: 'live'; readonly sinceMs: number }
  /** Contact was lost; the data on the page is from `sinceMs`. */
  | { readonly phase: 'reconnecting'; readonly sinceMs: number; readonly attempts: number; readonly reason: string }
  /** The platform was never reached. */
  | { readonly phase: 'failed'; readonly sinceMs: number; readonly attempts: number; readonly reason: string };

/** What happened to the connection. */
export type ConnectionEvent =
  | { readonly kind: 'message'; readonly atMs: number }
  | { readonly kind: 'lost'; readonly atMs: number; readonly reason: string };

/** The state after an event. One lost attempt at the start is not yet a failure: a platform takes a moment to come up. */
export function nextConnectionState(state: ConnectionState, event: ConnectionEvent): ConnectionState {
  switch (event.kind) {
    case 'message':
      return state.phase === 'live' ? state : { phase: 'live', sinceMs: event.atMs };
    case 'lost':
      switch (state.phase) {
        case 'live':
          return { phase: 'reconnecting', sinceMs: event.atMs, attempts: 1, reason: event.reason };
        case 'reconnecting':
        case 'failed':
          return { ...state, attempts: state.attempts + 1, reason: event.reason };
        case 'connecting':
          return { phase: 'failed', sinceMs: state.sinceMs, attempts: 1, reason: event.reason };
      }
  }
}
