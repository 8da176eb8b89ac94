import type { ClickHouseEngine } from '../clickhouse-engine.ts';

/** Lets a statement of an engine through, or refuses it; may look at what became of it. */
export type StatementGate = <T>(statement: () => Promise<T>) => Promise<T>;

/** The engine with a gate before every statement. Closing is none. */
export function gateStatements(engine: ClickHouseEngine, gate: StatementGate): ClickHouseEngine {
  return {
    database: engine.database,
    exclusive: engine.exclusive,
    read: (statement, options) => gate(() => engine.read(statement, options)),
    run: (statement) => gate(() => engine.run(statement)),
    maintain: (statement) => gate(() => engine.maintain(statement)),
    insertNative: (table, pieces) => gate(() => engine.insertNative(table, pieces)),
    close: () => engine.close(),
  };
}
