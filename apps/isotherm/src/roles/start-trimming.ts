import type { LogAdmin } from '@isotherm/log';
import { IsothermError, type Logger } from '@isotherm/service-kit';

const INTERVAL_MS = 15_000;
/** The first time comes early, so that the log of a process that never lives long does not grow for ever. */
const FIRST_AFTER_MS = 3_000;

/** Drops from the log, again and again, what lies before the trim offsets. @param deps.trimOffsets oldest offsets still needed, by partition */
export function startTrimming(deps: {
  readonly log: Pick<LogAdmin, 'trim'>;
  readonly trimOffsets: () => Promise<ReadonlyMap<number, number>>;
  readonly logger: Logger;
}): { stop(): void } {
  const { log, trimOffsets, logger } = deps;
  const pass = () => {
    trimOffsets()
      .then((keepFrom) => log.trim(keepFrom))
      .catch((error: unknown) => {
        const level = error instanceof IsothermError && error.retryable ? 'debug' : 'warn';
        logger[level]({ err: error, advice: 'It is tried again.' }, 'The log could not be trimmed');
      });
  };
  const first = setTimeout(pass, FIRST_AFTER_MS).unref();
  const timer = setInterval(pass, INTERVAL_MS).unref();
  return {
    stop() {
      clearTimeout(first);
      clearInterval(timer);
    },
  };
}
