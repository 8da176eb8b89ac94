import type { MessagePort } from 'node:worker_threads';
import type { LogAppend, LogWriter, RecordOutcome } from '@isotherm/log';
import {
  type CallClient,
  connectCalls,
  fromPlainError,
  IsothermError,
  type PlainError,
  serveCalls,
  toPlainError,
} from '@isotherm/service-kit';

/** An outcome that can cross to another thread or process. */
export type PlainOutcome =
  | Extract<RecordOutcome, { kind: 'kept' }>
  | { readonly kind: 'notKept' | 'unknown'; readonly error: PlainError };

type WriterCalls = { append: { argument: readonly LogAppend[]; result: readonly PlainOutcome[] } };

/** Appends for the thread at the other end of a port, until it closes. */
export function serveLogWriter(port: MessagePort, writer: LogWriter): void {
  const handlers = {
    append: async (group: readonly LogAppend[]) => (await writer.append(group)).map(plainOutcome),
  };
  serveCalls(port, () => handlers);
}

/** A writer at the other end of a port. Without one appends reject; when it closes, those under way are `unknown`. */
export interface LogWriterConnection extends LogWriter {
  /** Goes on through another port. */
  attach(port: MessagePort): void;
  close(): void;
}

/** Creates a connection that has no port yet. */
export function connectLogWriter(): LogWriterConnection {
  let attached: { readonly port: MessagePort; readonly client: CallClient<WriterCalls> } | undefined;

  function detach(): void {
    const last = attached;
    attached = undefined;
    last?.client.disconnect(writerAway());
    last?.port.close();
  }

  return {
    async append(group) {
      if (attached === undefined) throw writerAway();
      try {
        return (await attached.client.call('append', group)).map(outcomeOf);
      } catch (error) {
        if (!(error instanceof IsothermError) || error.id !== WRITER_AWAY) throw error;
        return group.map(() => ({ kind: 'unknown', error }));
      }
    },
    attach(port) {
      detach();
      attached = { port, client: connectCalls<WriterCalls>(port, { name: 'log writer' }) };
      port.on('close', () => {
        if (attached?.port === port) detach();
      });
    },
    close: detach,
  };
}

/** An outcome on its way. */
export function plainOutcome(outcome: RecordOutcome): PlainOutcome {
  return outcome.kind === 'kept' ? outcome : { kind: outcome.kind, error: toPlainError(outcome.error) };
}

/** The same outcome on the other side. */
export function outcomeOf(outcome: PlainOutcome): RecordOutcome {
  return outcome.kind === 'kept' ? outcome : { kind: outcome.kind, error: fromPlainError(outcome.error) };
}

const WRITER_AWAY = 'LOG_WRITER_AWAY';

function writerAway(): IsothermError {
  return new IsothermError({
    code: 'UNAVAILABLE',
    id: WRITER_AWAY,
    message: 'The thread that writes the log is away; it is being started again.',
    retryAfterMs: 500,
  });
}
