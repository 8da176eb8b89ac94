import type { Transferable } from 'node:worker_threads';
import { IsothermError, type Logger } from '@isotherm/service-kit';
import { type PartLife, type SupervisedPart, supervisePart } from './supervise-part.ts';
import { type CallMap, spawnThread, type ThreadCalls, type ThreadClient } from './thread-client.ts';
import { WATCH_DEFAULTS, type WatchOptions, watchThread } from './watch-thread.ts';

/** A thread that is started again when it ends unasked. Calls reject with PART_AWAY while it is not up. */
export interface SupervisedThread<Calls extends CallMap> extends ThreadCalls<Calls> {
  readonly part: SupervisedPart<PartLife & ThreadCalls<Calls>>;
}

/** What a thread is, life by life. */
export interface ThreadSpec<Calls extends CallMap> {
  readonly name: string;
  readonly entry: URL;
  /** What each life is given; `again` unless it is the first. */
  prepare(again: boolean): { readonly workerData: unknown; readonly transfer?: readonly Transferable[] };
  /** Awaited before a life begins its work; its code loads meanwhile. Default nothing. */
  readonly before?: () => Promise<unknown>;
  /** Called when a life has begun its work, before the part counts as up. Default nothing. */
  readonly begun?: (thread: ThreadCalls<Calls>) => Promise<unknown>;
  /** Told how far a life has come in starting. Default nothing. */
  readonly progress?: (done: number, total: number) => void;
}

/** Every thread of the platform can be asked to close. */
export type ClosableCalls = CallMap & { close: { argument: undefined; result: undefined } };

/** How long a thread may take to close before it is ended anyway. */
const CLOSE_LIMIT_MS = 4000;

/**
 * Starts a thread and keeps it going; one that hangs is ended. `failed` is called when it says that it cannot go on, or
 * ends too often.
 */
export function superviseThread<Calls extends ClosableCalls>(
  spec: ThreadSpec<Calls>,
  deps: { readonly failed: (error: Error) => void; readonly logger: Logger; readonly clock: () => number },
  watch: WatchOptions = WATCH_DEFAULTS,
): SupervisedThread<Calls> {
  async function start(again: boolean): Promise<PartLife & ThreadCalls<Calls>> {
    const { name, progress } = spec;
    const thread = spawnThread<Calls>(spec.entry, {
      name,
      ...spec.prepare(again),
      failed: deps.failed,
      ...(progress !== undefined && { progress }),
    });
    try {
      await spec.before?.();
      await thread.start();
      await spec.begun?.(thread);
    } catch (error) {
      await terminate(thread);
      throw error;
    }
    void endIfItHangs(thread);
    return {
      call: thread.call,
      ended: thread.ended,
      kill: () => terminate(thread),
      close: () =>
        thread.call('close', undefined, { timeoutMs: CLOSE_LIMIT_MS }).then(
          () => thread.terminate(),
          async (error: unknown) => {
            await thread.terminate();
            throw error;
          },
        ),
    };
  }

  async function endIfItHangs(thread: ThreadClient<Calls>): Promise<void> {
    if (!(await watchThread(thread, watch))) return;
    deps.logger.error(
      {
        part: spec.name,
        limitMs: watch.limitMs,
        advice: 'It is ended and started again; acked observations are in the log.',
      },
      'Part hangs',
    );
    await terminate(thread);
  }

  /** A thread that cannot be ended holds what it held: the process cannot go on beside it. */
  async function terminate(thread: ThreadClient<Calls>): Promise<void> {
    await thread.terminate().catch(deps.failed);
  }

  const part = supervisePart({ ...deps, name: spec.name, start });
  return {
    part,
    call(name, argument, options) {
      const { life } = part;
      return life === undefined ? Promise.reject(partAway(part.name)) : life.call(name, argument, options);
    },
  };
}

/** A part that is on its way back. */
export function partAway(name: string): IsothermError {
  return new IsothermError({
    code: 'UNAVAILABLE',
    id: 'PART_AWAY',
    message: `Part ${name} of the platform is away; it is being started again.`,
    advice: 'Ask again shortly.',
    retryAfterMs: 500,
    metadata: { part: name },
  });
}
