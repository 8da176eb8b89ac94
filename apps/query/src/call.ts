/** What every read carries: when its caller stops waiting, and a signal that fires when it did. */
export interface Call {
  readonly signal: AbortSignal;
  /** Milliseconds since the epoch by the server's clock. */
  readonly deadlineMs: number;
}

/** The server's clock: milliseconds since the epoch. */
export type Clock = () => number;
