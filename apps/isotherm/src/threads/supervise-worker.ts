import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from '@isotherm/service-kit';

/** One instance of a worker: from one start to its end. */
export interface WorkerInstance {
  /** Resolves when it has ended and let go of everything, with the error that ended it if there was one. */
  readonly ended: Promise<Error | undefined>;
  /** Ends it at once, as a crash would: nothing is drained, stored or written down. Resolves when it has ended. */
  kill(): Promise<void>;
  /** Lets it finish and ends it. */
  close(): Promise<void>;
}

/**
 * States of a worker.
 *
 * - `starting`: its first instance is not up yet.
 * - `ready`: it works.
 * - `unavailable`: its instance ended unasked; the next one is on its way.
 * - `stopped`: it was closed, or given up.
 */
export type WorkerState = 'starting' | 'ready' | 'unavailable' | 'stopped';

/** A time a worker was not there, in ms since the epoch. */
export interface Outage {
  readonly sinceMs: number;
  /** Undefined while it lasts. */
  readonly untilMs: number | undefined;
}

/** A worker of the platform that is started again when it ends unasked. */
export interface SupervisedWorker<Instance extends WorkerInstance> {
  readonly name: string;
  readonly state: WorkerState;
  /** The present instance; undefined unless the worker is up. */
  readonly instance: Instance | undefined;
  /** How often it was started again. */
  readonly restarts: number;
  /** The newest outage; undefined if there was none. */
  readonly outage: Outage | undefined;
  /** Resolves when its first instance is up; rejects if that cannot start. */
  readonly ready: Promise<void>;
  /** Kills its present instance. @returns whether there was one. */
  kill(): boolean;
  /** Calls the listener at every move. @returns a function that ends that. */
  onStateChange(listener: (state: WorkerState) => void): () => void;
  /** Closes it for good. Idempotent. */
  close(): Promise<void>;
}

/** What supervising needs. */
export interface SuperviseWorkerDeps<Instance> {
  readonly name: string;
  /** Brings up an instance; `again` unless it is the first. Rejects if it cannot. */
  start(again: boolean): Promise<Instance>;
  /** The worker is given up: it ended too often. */
  readonly failed: (error: Error) => void;
  readonly logger: Logger;
  /** Milliseconds since the epoch. */
  readonly clock: () => number;
}

/** Options of {@link superviseWorker}. */
export interface SuperviseWorkerOptions {
  /** Unasked ends within `withinMs` after which the worker is given up. Default 5. */
  readonly maxEnds: number;
  /** Default 60,000. */
  readonly withinMs: number;
  /** Pause before the second attempt in a row, doubled with every further one; the first is made at once. Default 200. */
  readonly backoffMs: number;
}

const DEFAULTS: SuperviseWorkerOptions = { maxEnds: 5, withinMs: 60_000, backoffMs: 200 };

/** Starts a worker and keeps it going until it is closed. Ends that `kill` asked for do not count as failures. */
export function superviseWorker<Instance extends WorkerInstance>(
  deps: SuperviseWorkerDeps<Instance>,
  options: Partial<SuperviseWorkerOptions> = {},
): SupervisedWorker<Instance> {
  const { name, logger, clock } = deps;
  const { maxEnds, withinMs, backoffMs } = { ...DEFAULTS, ...options };
  const listeners = new Set<(state: WorkerState) => void>();
  const closed = new AbortController();
  const ends: number[] = [];
  let state: WorkerState = 'starting';
  let instance: Instance | undefined;
  let restarts = 0;
  let outage: Outage | undefined;
  let asked = false;
  let closing: Promise<void> | undefined;

  function moveTo(next: WorkerState): void {
    if (state === next || state === 'stopped') return;
    state = next;
    for (const listener of listeners) listener(next);
  }

  async function bringUp(again: boolean): Promise<void> {
    const next = await deps.start(again);
    if (closed.signal.aborted) {
      await next.close();
      return;
    }
    instance = next;
    asked = false;
    if (again) restarts++;
    if (outage !== undefined) outage = { ...outage, untilMs: clock() };
    void next.ended.then((error) => ended(next, error));
    moveTo('ready');
  }

  function ended(which: Instance, error: Error | undefined): void {
    if (which !== instance || closed.signal.aborted) return;
    instance = undefined;
    if (!asked) outage = { sinceMs: clock(), untilMs: undefined };
    logger[asked ? 'warn' : 'error'](
      { worker: name, asked, err: error, advice: 'It is started again; acked observations are in the log.' },
      'Worker ended',
    );
    moveTo('unavailable');
    if (asked || mayEndAgain(error)) void restart();
  }

  /** Notes an end nobody asked for. */
  function mayEndAgain(error: Error | undefined): boolean {
    const nowMs = clock();
    ends.push(nowMs);
    while (ends.length > 0 && ends[0]! < nowMs - withinMs) ends.shift();
    if (ends.length < maxEnds) return true;
    moveTo('stopped');
    deps.failed(error ?? new Error(`${name} ended ${ends.length} times within ${withinMs / 1000} s`));
    return false;
  }

  async function restart(): Promise<void> {
    for (let attempt = 0; !closed.signal.aborted; attempt++) {
      const pauseMs = attempt === 0 ? 0 : backoffMs * 2 ** (attempt - 1);
      await sleep(pauseMs, undefined, { signal: closed.signal }).catch(() => undefined);
      if (closed.signal.aborted) return;
      try {
        bringing = bringUp(true);
        await bringing;
        logger.info(
          { worker: name, unavailableMs: outage === undefined ? 0 : clock() - outage.sinceMs },
          'Worker is back',
        );
        return;
      } catch (thrown) {
        const error = thrown instanceof Error ? thrown : new Error(String(thrown));
        if (closed.signal.aborted) return;
        logger.error(
          { worker: name, err: error, attempt, advice: 'It is tried again.' },
          'Worker could not be started again',
        );
        if (!mayEndAgain(error)) return;
      }
    }
  }

  const ready = bringUp(false);
  let bringing = ready;
  ready.catch(() => moveTo('stopped'));
  return {
    name,
    ready,
    get state() {
      return state;
    },
    get instance() {
      return state === 'ready' ? instance : undefined;
    },
    get restarts() {
      return restarts;
    },
    get outage() {
      return outage;
    },
    kill() {
      if (instance === undefined || state !== 'ready') return false;
      asked = true;
      outage = { sinceMs: clock(), untilMs: undefined };
      moveTo('unavailable');
      void instance
        .kill()
        .catch((error: unknown) =>
          logger.error({ worker: name, err: error, advice: 'Restart the platform.' }, 'Worker could not be killed'),
        );
      return true;
    },
    onStateChange(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    close() {
      closing ??= (async () => {
        closed.abort();
        const last = instance;
        moveTo('stopped');
        await last?.close();
        await bringing.catch(() => undefined);
      })();
      return closing;
    },
  };
}
