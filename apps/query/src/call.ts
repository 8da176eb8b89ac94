/** What every read carries: when its caller stops waiting, and a signal that fires when it did. */
export interface Call {
  readonly signal: AbortSignal;
  /** Milliseconds since the epoch by the machine's clock, which also rules timers and the network. */
  readonly deadlineMs: number;
}

/** The clock that answers are dated by: milliseconds since the epoch. */
export type Clock = () => number;
