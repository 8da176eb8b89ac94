import type { Runtime } from '@isotherm/runtime';

/**
 * What time it is by the log's clock, as far as this process knows: its own until the log has stamped a record of it, and
 * then the newest stamp and what passed since. Rules on times are the same for every ingest of a log, whatever its own
 * clock says.
 */
export interface LogClock {
  /** Milliseconds since the epoch. */
  now(): number;
  /** Whether the log has told its time. */
  readonly isKnown: boolean;
  /** A record was appended just now, with this stamp. */
  appended(appendMs: number): void;
}

/** Creates a clock that knows only its own time. */
export function createLogClock(runtime: Runtime): LogClock {
  let known: { readonly appendMs: number; readonly atMs: number } | undefined;
  return {
    now: () => (known === undefined ? runtime.now() : known.appendMs + runtime.monotonicMs() - known.atMs),
    get isKnown() {
      return known !== undefined;
    },
    appended(appendMs) {
      known = { appendMs, atMs: runtime.monotonicMs() };
    },
  };
}
