import { parentPort } from 'node:worker_threads';
import { asIsothermError, type IsothermErrorOptions } from '@isotherm/service-kit';
import type { ThreadCall, ThreadMessage } from './thread-client.ts';

/** A thread's calls by name. */
export type ThreadHandlers = Readonly<Record<string, (argument: never) => unknown>>;

/** The parent's side, seen from the thread. */
export interface ThreadHost {
  /** Says that this thread cannot go on. */
  failed(error: unknown): void;
  /** Says how far it has come in starting. */
  progress(done: number, total: number): void;
}

/** Answers the parent's calls. `start` is called once, first, and returns the handlers of all others. */
export function serveThread(start: (host: ThreadHost) => Promise<ThreadHandlers>): void {
  const port = parentPort;
  if (port === null) throw new Error('This file is the entry of a thread; it cannot be run by itself.');
  const post = (message: ThreadMessage) => port.postMessage(message);
  const host: ThreadHost = {
    failed: (error) => post({ kind: 'failed', error: plainError(error) }),
    progress: (done, total) => post({ kind: 'progress', done, total }),
  };
  let handlers: ThreadHandlers = { ping: () => undefined };
  port.on('message', async ({ id, name, argument }: ThreadCall) => {
    try {
      if (name === 'start') {
        handlers = { ...handlers, ...(await start(host)) };
        post({ kind: 'answer', id, result: undefined });
        return;
      }
      const handler = handlers[name];
      if (handler === undefined) throw new Error(`This thread has no call ${name}`);
      post({ kind: 'answer', id, result: await handler(argument as never) });
    } catch (error) {
      post({ kind: 'refusal', id, error: plainError(error) });
    }
  });
}

/** An error as a structure that can cross to another thread. The cause goes as text. */
function plainError(thrown: unknown): IsothermErrorOptions {
  const error = asIsothermError(thrown);
  const cause = error.cause instanceof Error ? (error.cause.stack ?? error.cause.message) : error.cause;
  return {
    code: error.code,
    id: error.id,
    message: error.message,
    advice: error.advice,
    metadata: error.metadata,
    violations: error.violations,
    ...(error.retryAfterMs === undefined ? {} : { retryAfterMs: error.retryAfterMs }),
    ...(cause === undefined ? {} : { cause: String(cause) }),
  };
}
