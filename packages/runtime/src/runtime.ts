/** Something that will happen. */
export interface Timer {
  /** It will not happen any more. Harmless when it has, or when called again. */
  cancel(): void;
}

/**
 * Time, timers and chance. Whoever needs them is handed them: the system's in a process, simulated ones where every
 * run of the program must be the same for the same seed.
 */
export interface Runtime {
  /** Milliseconds since the epoch. May jump, also backwards. */
  now(): number;
  /** Milliseconds since some moment; never goes back. For durations. */
  monotonicMs(): number;
  /** Uniform in [0, 1). */
  random(): number;
  /** A name nobody else has. */
  uniqueId(): string;
  /** Calls back once after a delay. The timer keeps the process alive. */
  after(delayMs: number, callback: () => void): Timer;
  /** Calls back again and again. The timer does not keep the process alive. */
  every(intervalMs: number, callback: () => void): Timer;
  /** Calls back once what has arrived already is dealt with: the next turn of the event loop. */
  soon(callback: () => void): Timer;
  /** Resolves in the next turn of the event loop. */
  nextTurn(): Promise<void>;
  /** Resolves after a delay, or as soon as the signal aborts. */
  sleep(delayMs: number, signal?: AbortSignal): Promise<void>;
}
