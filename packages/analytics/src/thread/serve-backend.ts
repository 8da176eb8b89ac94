import type { MessagePort } from 'node:worker_threads';
import { type CallHandlers, serveCalls } from '@isotherm/service-kit';
import type { AnalyticsBackend } from '../analytics-backend.ts';
import { toAnalyticsError } from '../clickhouse-error.ts';
import type { BackendCalls } from './backend-calls.ts';

/** Answers the calls that come in through a port, until it closes. What is limited is limited by the backend. */
export function serveBackend(backend: AnalyticsBackend, port: MessagePort): void {
  const handlers: CallHandlers<BackendCalls> = {
    migrate: () => answer(backend.migrate()),
    write: (rows) => answer(backend.write(rows)),
    history: (query, signal) => answer(backend.history(query, signal)),
    rank: (query, signal) => answer(backend.rank(query, signal)),
    deadLetters: (query, signal) => answer(backend.deadLetters(query, signal)),
    countDeadLetters: (filter, signal) => answer(backend.countDeadLetters(filter, signal)),
    removeDeadLetters: (letters) => answer(backend.removeDeadLetters(letters)),
    totals: () => answer(backend.totals()),
    rollUp: (quietMs) => answer(backend.rollUp(quietMs)),
  };
  serveCalls(port, () => handlers, {
    transferOf: (result) => (result instanceof Uint8Array ? [result.buffer as ArrayBuffer] : []),
  });
}

async function answer<Result>(call: Promise<Result>): Promise<Result extends void ? undefined : Result> {
  try {
    return (await call) as Result extends void ? undefined : Result;
  } catch (error) {
    throw toAnalyticsError(error);
  }
}
