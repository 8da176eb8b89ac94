import type { Runtime, Timer } from '@isotherm/runtime';
import type { Prng } from '@isotherm/testkit';
import type { Scheduler } from './scheduler.ts';

/** A process of the simulation: its clock, timers and chance, for as long as it lives. */
export interface SimulatedProcess extends Runtime {
  readonly name: string;
  readonly alive: boolean;
  /** From now on none of its timers fires and none of its calls is answered: kill -9. */
  kill(): void;
  /** Tells when it is killed. */
  onKill(listener: () => void): void;
  /** Moves its wall clock. */
  jumpClock(byMs: number): void;
  /** Nothing of it goes on for a while: what is due then happens afterwards. */
  pause(forMs: number): void;
  /**
   * A call to the world outside: `effect` happens after a delay, whether or not the process still lives (it decides
   * what that means), and the promise settles after another one, if it does.
   */
  call<T>(delays: { readonly thereMs: number; readonly backMs: number }, effect: () => T): Promise<T>;
}

/** Starts a process. */
export function createProcess(
  name: string,
  deps: { readonly scheduler: Scheduler; readonly prng: Prng; readonly clockOffsetMs: number },
): SimulatedProcess {
  const { scheduler, prng } = deps;
  const listeners: (() => void)[] = [];
  let alive = true;
  let { clockOffsetMs } = deps;
  let pausedUntilMs = 0;
  let ids = 0;

  /** Runs the callback as the process: not while it is paused, and never once it is dead. */
  function wake(callback: () => void): void {
    if (!alive) return;
    if (scheduler.nowMs < pausedUntilMs) scheduler.after(pausedUntilMs - scheduler.nowMs, () => wake(callback));
    else callback();
  }

  function after(delayMs: number, callback: () => void): Timer {
    let cancelled = false;
    const timer = scheduler.after(delayMs, () =>
      wake(() => {
        if (!cancelled) callback();
      }),
    );
    return {
      cancel() {
        cancelled = true;
        timer.cancel();
      },
    };
  }

  const self: SimulatedProcess = {
    name,
    get alive() {
      return alive;
    },
    now: () => Math.floor(scheduler.nowMs + clockOffsetMs),
    monotonicMs: () => scheduler.nowMs,
    random: () => prng.float(),
    uniqueId: () => `${name}-${ids++}-${prng.uint32()}`,
    after,
    every(intervalMs, callback) {
      let timer: Timer;
      const next = () => {
        timer = after(intervalMs, () => {
          next();
          callback();
        });
      };
      next();
      return { cancel: () => timer.cancel() };
    },
    soon: (callback) => after(0, callback),
    nextTurn: () => new Promise((resolve) => after(0, resolve)),
    sleep(delayMs, signal) {
      if (signal?.aborted === true) return Promise.resolve();
      return new Promise((resolve) => {
        const done = () => {
          timer.cancel();
          signal?.removeEventListener('abort', done);
          resolve();
        };
        const timer = after(delayMs, done);
        signal?.addEventListener('abort', done, { once: true });
      });
    },
    kill() {
      if (!alive) return;
      alive = false;
      for (const listener of listeners.splice(0)) listener();
    },
    onKill(listener) {
      if (alive) listeners.push(listener);
      else listener();
    },
    jumpClock(byMs) {
      clockOffsetMs += byMs;
    },
    pause(forMs) {
      pausedUntilMs = Math.max(pausedUntilMs, scheduler.nowMs + forMs);
    },
    call({ thereMs, backMs }, effect) {
      return new Promise((resolve, reject) => {
        scheduler.after(thereMs, () => {
          let answer: () => void;
          try {
            const result = effect();
            answer = () => resolve(result);
          } catch (error) {
            answer = () => reject(error);
          }
          after(backMs, answer);
        });
      });
    },
  };
  return self;
}
