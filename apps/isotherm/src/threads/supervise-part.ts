import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from '@isotherm/service-kit';

/** One life of a part: from one start to its end. */
export interface PartLife {
  /** Resolves when it has ended and let go of everything, with the error that ended it if there was one. */
  readonly ended: Promise<Error | undefined>;
  /** Ends it at once, as a crash would: nothing is drained, stored or written down. Resolves when it has ended. */
  kill(): Promise<void>;
  /** Lets it finish and ends it. */
  close(): Promise<void>;
}

/**
 * States of a part.
 *
 * - `starting`: its first life is not up yet.
 * - `up`: it works.
 * - `away`: its life ended unasked; the next one is on its way.
 * - `gone`: it was closed, or given up.
 */
export type PartState = 'starting' | 'up' | 'away' | 'gone';

/** A time a part was not there, in ms since the epoch. */
export interface Outage {
  readonly sinceMs: number;
  /** Undefined while it lasts. */
  readonly untilMs: number | undefined;
}

/** A part of the platform that is started again when it ends unasked. */
export interface SupervisedPart<Life extends PartLife> {
  readonly name: string;
  readonly state: PartState;
  /** The present life; undefined unless the part is up. */
  readonly life: Life | undefined;
  /** How often it was started again. */
  readonly restarts: number;
  /** The newest outage; undefined if there was none. */
  readonly outage: Outage | undefined;
  /** Resolves when its first life is up; rejects if that cannot start. */
  readonly ready: Promise<void>;
  /** Kills its present life. @returns whether there was one. */
  kill(): boolean;
  /** Calls the listener at every move. @returns a function that ends that. */
  onMove(listener: (state: PartState) => void): () => void;
  /** Closes it for good. Idempotent. */
  close(): Promise<void>;
}

/** What supervising needs. */
export interface SupervisePartDeps<Life> {
  readonly name: string;
  /** Brings up a life; `again` unless it is the first. Rejects if it cannot. */
  start(again: boolean): Promise<Life>;
  /** The part is given up: it ended too often. */
  readonly failed: (error: Error) => void;
  readonly logger: Logger;
  /** Milliseconds since the epoch. */
  readonly clock: () => number;
}

/** Options of {@link supervisePart}. */
export interface SupervisePartOptions {
  /** Unasked ends within `withinMs` after which the part is given up. Default 5. */
  readonly maxEnds: number;
  /** Default 60,000. */
  readonly withinMs: number;
  /** Pause before the second attempt in a row, doubled with every further one; the first is made at once. Default 200. */
  readonly backoffMs: number;
}

const DEFAULTS: SupervisePartOptions = { maxEnds: 5, withinMs: 60_000, backoffMs: 200 };

/** Starts a part and keeps it going until it is closed. Ends that `kill` asked for do not count as failures. */
export function supervisePart<Life extends PartLife>(
  deps: SupervisePartDeps<Life>,
  options: Partial<SupervisePartOptions> = {},
): SupervisedPart<Life> {
  const { name, logger, clock } = deps;
  const { maxEnds, withinMs, backoffMs } = { ...DEFAULTS, ...options };
  const listeners = new Set<(state: PartState) => void>();
  const closed = new AbortController();
  const ends: number[] = [];
  let state: PartState = 'starting';
  let life: Life | undefined;
  let restarts = 0;
  let outage: Outage | undefined;
  let asked = false;
  let closing: Promise<void> | undefined;

  function moveTo(next: PartState): void {
    if (state === next || state === 'gone') return;
    state = next;
    for (const listener of listeners) listener(next);
  }

  async function bringUp(again: boolean): Promise<void> {
    const next = await deps.start(again);
    if (closed.signal.aborted) {
      await next.close();
      return;
    }
    life = next;
    asked = false;
    if (again) restarts++;
    if (outage !== undefined) outage = { ...outage, untilMs: clock() };
    void next.ended.then((error) => ended(next, error));
    moveTo('up');
  }

  function ended(which: Life, error: Error | undefined): void {
    if (which !== life || closed.signal.aborted) return;
    life = undefined;
    if (!asked) outage = { sinceMs: clock(), untilMs: undefined };
    logger[asked ? 'warn' : 'error'](
      { part: name, asked, err: error, advice: 'It is started again; acked observations are in the log.' },
      'Part ended',
    );
    moveTo('away');
    if (asked || mayEndAgain(error)) void restart();
  }

  /** Notes an end nobody asked for. */
  function mayEndAgain(error: Error | undefined): boolean {
    const nowMs = clock();
    ends.push(nowMs);
    while (ends.length > 0 && ends[0]! < nowMs - withinMs) ends.shift();
    if (ends.length < maxEnds) return true;
    moveTo('gone');
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
        logger.info({ part: name, awayMs: outage === undefined ? 0 : clock() - outage.sinceMs }, 'Part is back');
        return;
      } catch (thrown) {
        const error = thrown instanceof Error ? thrown : new Error(String(thrown));
        if (closed.signal.aborted) return;
        logger.error(
          { part: name, err: error, attempt, advice: 'It is tried again.' },
          'Part could not be started again',
        );
        if (!mayEndAgain(error)) return;
      }
    }
  }

  const ready = bringUp(false);
  let bringing = ready;
  ready.catch(() => moveTo('gone'));
  return {
    name,
    ready,
    get state() {
      return state;
    },
    get life() {
      return state === 'up' ? life : undefined;
    },
    get restarts() {
      return restarts;
    },
    get outage() {
      return outage;
    },
    kill() {
      if (life === undefined || state !== 'up') return false;
      asked = true;
      outage = { sinceMs: clock(), untilMs: undefined };
      moveTo('away');
      void life
        .kill()
        .catch((error: unknown) =>
          logger.error({ part: name, err: error, advice: 'Restart the platform.' }, 'Part could not be killed'),
        );
      return true;
    },
    onMove(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    close() {
      closing ??= (async () => {
        closed.abort();
        const last = life;
        moveTo('gone');
        await last?.close();
        await bringing.catch(() => undefined);
      })();
      return closing;
    },
  };
}
