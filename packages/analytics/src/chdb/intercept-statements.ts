import type { ClickHouseEngine } from '../clickhouse-engine.ts';

/** Lets a statement of an engine through, or refuses it; may look at what became of it. */
export type StatementInterceptor = <T>(statement: () => Promise<T>) => Promise<T>;

/** The engine that runs every statement through the interceptor; closing is none. */
export function interceptStatements(engine: ClickHouseEngine, intercept: StatementInterceptor): ClickHouseEngine {
  return {
    database: engine.database,
    exclusive: engine.exclusive,
    read: (statement, options) => intercept(() => engine.read(statement, options)),
    run: (statement) => intercept(() => engine.run(statement)),
    maintain: (statement) => intercept(() => engine.maintain(statement)),
    insertNative: (table, pieces) => intercept(() => engine.insertNative(table, pieces)),
    close: () => engine.close(),
  };
}
