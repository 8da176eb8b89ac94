import type { Transferable } from 'node:worker_threads';
import type { CallMap, CallPort } from './call-port.ts';
import { toPlainError } from './error-codec.ts';

/** Answers calls by name. The signal fires when the caller gives the call up. */
export type CallHandlers<Api extends CallMap> = {
  readonly [Name in keyof Api]: (
    argument: Api[Name]['argument'],
    signal: AbortSignal,
  ) => Promise<Api[Name]['result']> | Api[Name]['result'];
};

/** Options of {@link serveCalls}. */
export interface ServeOptions {
  /** What of a result changes hands. Default nothing. */
  readonly transferOf?: (result: unknown) => readonly Transferable[];
}

/**
 * Answers the calls that come in through a port, until it closes.
 *
 * @param handlersOf asked at each call: a worker has more handlers once it has started
 */
export function serveCalls(
  port: CallPort,
  handlersOf: () => Readonly<Record<string, (argument: never, signal: AbortSignal) => unknown>>,
  { transferOf = () => [] }: ServeOptions = {},
): void {
  const cancellable = new Map<number, AbortController>();

  async function answer(id: number, name: string, argument: unknown): Promise<void> {
    const controller = new AbortController();
    cancellable.set(id, controller);
    try {
      const handler = handlersOf()[name];
      if (handler === undefined) throw new Error(`This thread has no call ${name}`);
      const result = await handler(argument as never, controller.signal);
      port.postMessage({ kind: 'answer', id, result }, [...transferOf(result)]);
    } catch (error) {
      port.postMessage({ kind: 'refusal', id, error: toPlainError(error) });
    } finally {
      cancellable.delete(id);
    }
  }

  port.on('message', (message) => {
    if (message.kind === 'cancel') cancellable.get(message.id)?.abort();
    else if (message.kind === 'call') void answer(message.id, message.name, message.argument);
  });
}
