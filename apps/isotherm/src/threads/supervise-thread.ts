import type { Transferable } from 'node:worker_threads';
import {
  type CallMap,
  type Calls,
  IsothermError,
  type Logger,
  spawnWorker,
  type WorkerClient,
} from '@isotherm/service-kit';
import { type SupervisedWorker, superviseWorker, type WorkerInstance } from './supervise-worker.ts';
import { WATCH_DEFAULTS, type WatchOptions, watchThread } from './watch-thread.ts';

/** A thread that is started again when it ends unasked. Calls reject with WORKER_UNAVAILABLE while it is not up. */
export interface SupervisedThread<Api extends CallMap> extends Calls<Api> {
  readonly worker: SupervisedWorker<WorkerInstance & Calls<Api>>;
}

/** What a thread is, instance by instance. */
export interface ThreadSpec<Api extends CallMap> {
  readonly name: string;
  readonly entry: URL;
  /** What each instance is given; `again` unless it is the first. */
  prepare(again: boolean): { readonly workerData: unknown; readonly transfer?: readonly Transferable[] };
  /** Awaited before an instance begins its work; its code loads meanwhile. Default nothing. */
  readonly before?: () => Promise<unknown>;
  /** Called when an instance has begun its work, before the worker counts as up. Default nothing. */
  readonly begun?: (thread: Calls<Api>) => Promise<unknown>;
  /** Told how far an instance has come in starting. Default nothing. */
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
export function superviseThread<Api extends ClosableCalls>(
  spec: ThreadSpec<Api>,
  deps: { readonly failed: (error: Error) => void; readonly logger: Logger; readonly clock: () => number },
  watch: WatchOptions = WATCH_DEFAULTS,
): SupervisedThread<Api> {
  async function start(again: boolean): Promise<WorkerInstance & Calls<Api>> {
    const { name, progress } = spec;
    const thread = spawnWorker<Api>(spec.entry, {
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

  async function endIfItHangs(thread: WorkerClient<Api>): Promise<void> {
    if (!(await watchThread(thread, watch))) return;
    deps.logger.error(
      {
        worker: spec.name,
        limitMs: watch.limitMs,
        advice: 'It is ended and started again; acked observations are in the log.',
      },
      'Worker hangs',
    );
    await terminate(thread);
  }

  /** A thread that cannot be ended holds what it held: the process cannot go on beside it. */
  async function terminate(thread: WorkerClient<Api>): Promise<void> {
    await thread.terminate().catch(deps.failed);
  }

  const worker = superviseWorker({ ...deps, name: spec.name, start });
  return {
    worker,
    call(name, argument, options) {
      const { instance } = worker;
      return instance === undefined
        ? Promise.reject(workerUnavailable(worker.name))
        : instance.call(name, argument, options);
    },
  };
}

/** A worker that is on its way back. */
export function workerUnavailable(name: string): IsothermError {
  return new IsothermError({
    code: 'UNAVAILABLE',
    id: 'WORKER_UNAVAILABLE',
    message: `Worker ${name} of the platform is unavailable; it is being started again.`,
    advice: 'Ask again shortly.',
    retryAfterMs: 500,
    metadata: { worker: name },
  });
}
