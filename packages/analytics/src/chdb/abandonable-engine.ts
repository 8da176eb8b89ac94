import { IsothermError } from '@isotherm/service-kit';
import type { ClickHouseEngine } from '../clickhouse-engine.ts';

/** An engine that can be left at once. */
export interface AbandonableEngine extends ClickHouseEngine {
  /** Every later statement is refused: what waited is dropped, and closing waits only for what runs now. */
  abandon(): void;
}

/** Puts a gate before the statements of an engine. */
export function abandonableEngine(engine: ClickHouseEngine): AbandonableEngine {
  let abandoned = false;
  const unlessAbandoned = <T>(statement: () => Promise<T>): Promise<T> =>
    abandoned ? Promise.reject(gone()) : statement();
  return {
    database: engine.database,
    exclusive: engine.exclusive,
    read: (statement, options) => unlessAbandoned(() => engine.read(statement, options)),
    run: (statement) => unlessAbandoned(() => engine.run(statement)),
    maintain: (statement) => unlessAbandoned(() => engine.maintain(statement)),
    insertNative: (table, pieces) => unlessAbandoned(() => engine.insertNative(table, pieces)),
    close: () => engine.close(),
    abandon() {
      abandoned = true;
    },
  };
}

function gone(): IsothermError {
  return new IsothermError({
    code: 'UNAVAILABLE',
    id: 'ANALYTICS_CLOSED',
    message: 'The analytical store was stopped at once.',
    advice: 'Write again when it is back; rows not confirmed are not lost while the log has them.',
    retryAfterMs: 1_000,
  });
}
