import type { Logger } from '@isotherm/service-kit';

/** A logger that counts what is said: every message is a code path that was taken. */
export interface RecordingLogger {
  readonly logger: Logger;
  readonly logged: ReadonlyMap<string, number>;
}

/** Creates one. `tell` is given every line, for looking into a single run. */
export function createRecordingLogger(tell?: (line: string) => void): RecordingLogger {
  const logged = new Map<string, number>();
  const say = (...parts: unknown[]): void => {
    const message = String(parts.find((part) => typeof part === 'string') ?? '');
    logged.set(message, (logged.get(message) ?? 0) + 1);
    if (tell === undefined) return;
    const fields = parts.find((part) => typeof part === 'object');
    tell(`${message} ${JSON.stringify(fields, (_key, value) => (value instanceof Error ? value.message : value))}`);
  };
  const logger = { debug: say, info: say, warn: say, error: say, child: () => logger } as unknown as Logger;
  return { logger, logged };
}
