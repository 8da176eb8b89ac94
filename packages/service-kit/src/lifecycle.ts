import type { Logger } from './logger.ts';

/**
 * States of a service.
 *
 * - `starting`: not ready for work yet.
 * - `ready`: takes work.
 * - `draining`: finishes what it has, takes nothing new.
 * - `stopped`: everything is released. Final.
 * - `failed`: it cannot go on; the reason was logged. Final.
 */
export type LifecycleState = 'starting' | 'ready' | 'draining' | 'stopped' | 'failed';

const ALLOWED: Readonly<Record<LifecycleState, readonly LifecycleState[]>> = {
  starting: ['ready', 'draining', 'stopped', 'failed'],
  ready: ['draining', 'failed'],
  draining: ['stopped', 'failed'],
  stopped: [],
  failed: [],
};

/** A service's state; every transition is one log line. */
export interface Lifecycle {
  readonly state: LifecycleState;
  /** Whether it takes work: what readiness probes see. */
  readonly ready: boolean;
  /** Moves on. The same state again changes nothing. @throws Error if the move is not one of the allowed ones. */
  moveTo(state: LifecycleState, reason?: string): void;
  /** Calls the listener at every move. @returns a function that ends that. */
  onMove(listener: (state: LifecycleState) => void): () => void;
}

/** Creates a lifecycle in state `starting`. */
export function createLifecycle(name: string, logger: Logger): Lifecycle {
  let state: LifecycleState = 'starting';
  const listeners = new Set<(state: LifecycleState) => void>();
  return {
    get state() {
      return state;
    },
    get ready() {
      return state === 'ready';
    },
    moveTo(next, reason) {
      if (next === state) return;
      if (!ALLOWED[state].includes(next)) throw new Error(`${name} cannot go from ${state} to ${next}`);
      const from = state;
      state = next;
      logger.info({ name, from, to: next, ...(reason === undefined ? {} : { reason }) }, 'Lifecycle moved');
      for (const listener of listeners) listener(next);
    },
    onMove(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}
