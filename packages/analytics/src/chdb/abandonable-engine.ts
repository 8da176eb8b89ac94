import { IsothermError } from '@isotherm/service-kit';
import type { ClickHouseEngine } from '../clickhouse-engine.ts';
import { interceptStatements } from './intercept-statements.ts';

/** An engine that can be left at once. */
export interface AbandonableEngine extends ClickHouseEngine {
  /** Every later statement is refused: what waited is dropped, and closing waits only for what runs now. */
  abandon(): void;
}

/** Refuses the statements of an engine from the moment it is abandoned. */
export function abandonableEngine(engine: ClickHouseEngine): AbandonableEngine {
  let abandoned = false;
  return {
    ...interceptStatements(engine, (statement) => (abandoned ? Promise.reject(gone()) : statement())),
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
