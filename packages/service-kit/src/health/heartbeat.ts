/** Moments at which an event loop had a turn, shared between threads. */
export interface Heartbeat {
  /** Notes that the loop has had a turn. */
  beat(): void;
  /** How long ago that was, in ms. */
  ageMs(): number;
}

/** Memory of a {@link Heartbeat}, to be given to another thread. */
export function heartbeatMemory(): SharedArrayBuffer {
  const memory = new SharedArrayBuffer(8);
  heartbeatIn(memory).beat();
  return memory;
}

/** The heartbeat in memory that threads share. Its clock is the machine's monotonic one, the same in all threads. */
export function heartbeatIn(memory: SharedArrayBuffer): Heartbeat {
  const last = new BigInt64Array(memory);
  return {
    beat: () => void Atomics.store(last, 0, process.hrtime.bigint()),
    ageMs: () => Number(process.hrtime.bigint() - Atomics.load(last, 0)) / 1e6,
  };
}
