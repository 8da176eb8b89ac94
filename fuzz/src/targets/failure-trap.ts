import type { Logger } from '@isotherm/service-kit';

/** A logger that keeps the first error line: a server that goes on after one has failed all the same. */
export interface FailureTrap {
  readonly logger: Logger;
  /** @throws what was logged as an error since the last call */
  throwIfFailed(): void;
}

/** Creates one without a failure. */
export function createFailureTrap(): FailureTrap {
  let failure: Error | undefined;
  const failed = (fields: unknown, message?: string) => {
    const cause = typeof fields === 'object' && fields !== null && 'err' in fields ? fields.err : undefined;
    failure ??= new Error(`The API logs: ${message ?? String(fields)}: ${String(cause)}`, { cause });
    if (cause instanceof Error && cause.stack !== undefined) failure.stack = cause.stack;
  };
  const logger: Logger = { debug() {}, info() {}, warn() {}, error: failed, child: () => logger as never } as Logger;
  return {
    logger,
    throwIfFailed() {
      const thrown = failure;
      failure = undefined;
      if (thrown !== undefined) throw thrown;
    },
  };
}
