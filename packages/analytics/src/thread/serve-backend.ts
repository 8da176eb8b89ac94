import type { MessagePort } from 'node:worker_threads';
import type { AnalyticsBackend } from '../analytics-backend.ts';
import { toAnalyticsError } from '../clickhouse-error.ts';
import { type BackendCall, type BackendResult, type ReplyMessage, type RequestMessage, toWire } from './messages.ts';

/** Answers the calls that come in through a port, until it closes. What is limited is limited by the backend. */
export function serveBackend(backend: AnalyticsBackend, port: MessagePort): void {
  const cancellable = new Map<number, AbortController>();

  async function answer(id: number, call: BackendCall): Promise<void> {
    const controller = new AbortController();
    cancellable.set(id, controller);
    try {
      const result = await perform(backend, call, controller.signal);
      reply(port, { id, ok: true, result }, result instanceof Uint8Array ? [result.buffer] : []);
    } catch (error) {
      reply(port, { id, ok: false, error: toWire(toAnalyticsError(error)) }, []);
    } finally {
      cancellable.delete(id);
    }
  }

  port.on('message', (message: RequestMessage) => {
    if (message.kind === 'cancel') cancellable.get(message.id)?.abort();
    else void answer(message.id, message.call);
  });
}

async function perform(backend: AnalyticsBackend, call: BackendCall, signal: AbortSignal): Promise<BackendResult> {
  switch (call.method) {
    case 'migrate':
      await backend.migrate();
      return undefined;
    case 'write':
      return backend.write(call.rows);
    case 'history':
      return backend.history(call.query, signal);
    case 'rank':
      return backend.rank(call.query, signal);
    case 'deadLetters':
      return backend.deadLetters(call.query, signal);
    case 'countDeadLetters':
      return backend.countDeadLetters(call.filter, signal);
    case 'removeDeadLetters':
      await backend.removeDeadLetters(call.letters);
      return undefined;
    case 'totals':
      return backend.totals();
    case 'rollUp':
      await backend.rollUp(call.quietMs);
      return undefined;
  }
}

function reply(port: MessagePort, message: ReplyMessage, transfer: readonly ArrayBuffer[]): void {
  port.postMessage(message, [...transfer]);
}
