/** Something that will happen, and can be called off. */
export interface ClientTimer {
  cancel(): void;
}

/** Time, timers and chance, so that a producer can be run under simulated ones. */
export interface ClientRuntime {
  /** Milliseconds since the epoch. */
  now(): number;
  /** Uniform in [0, 1). */
  random(): number;
  after(delayMs: number, callback: () => void): ClientTimer;
}

/** Those of this machine. */
export const systemClientRuntime: ClientRuntime = {
  now: () => Date.now(),
  random: () => Math.random(),
  after(delayMs, callback) {
    const timer = setTimeout(callback, delayMs);
    return { cancel: () => clearTimeout(timer) };
  },
};
