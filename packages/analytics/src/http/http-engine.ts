import type { Readable } from 'node:stream';
import type { ChdbConnection } from 'chdb/connection';
import { loadChdb } from '../chdb/load-chdb.ts';
import type { ScratchFiles } from '../chdb/scratch-files.ts';
import { type HttpStatement, insertParts } from './http-statement.ts';

/** Connections statements are spread over: so many run at once. */
const CONNECTIONS = 3;

/** Runs statements of the HTTP interface on the engine in this process. */
export interface HttpEngine {
  execute(statement: HttpStatement): Promise<{ readonly stream: Readable; readonly query_id: string }>;
  close(): Promise<void>;
}

/** Opens connections of its own to a data directory. */
export async function openHttpEngine(path: string, scratch: ScratchFiles): Promise<HttpEngine> {
  const { createChdbConnection, drainPending } = await loadChdb();
  const lanes = Array.from({ length: CONNECTIONS }, () => ({
    connection: createChdbConnection({ path }),
    queue: Promise.resolve() as Promise<unknown>,
    waiting: 0,
  }));

  async function run(connection: ChdbConnection, { query, parameters, settings }: HttpStatement) {
    const names = settings.map(([name]) => name);
    try {
      return await connection.query({
        query,
        query_params: { ...parameters },
        clickhouse_settings: Object.fromEntries(settings),
      } as Parameters<ChdbConnection['query']>[0]);
    } finally {
      // The connection keeps what it is set to; the next statement is somebody else's.
      for (const name of names) await connection.command({ query: `SET ${name} = DEFAULT` }).catch(() => undefined);
    }
  }

  function execute(connection: ChdbConnection, statement: HttpStatement) {
    const { data } = statement;
    if (data === undefined) return run(connection, statement);
    const parts = insertParts(statement.query);
    if (parts === undefined)
      return run(connection, { ...statement, query: `${statement.query}\n${data.toString('utf8')}` });
    return scratch.with([data], (file) => run(connection, { ...statement, query: parts.statement(`'${file}'`) }));
  }

  return {
    async execute(statement) {
      const lane = lanes.reduce((least, other) => (other.waiting < least.waiting ? other : least));
      lane.waiting++;
      const result = lane.queue.then(() => execute(lane.connection, statement));
      lane.queue = result.catch(() => undefined);
      try {
        return await result;
      } finally {
        lane.waiting--;
      }
    },
    async close() {
      await Promise.all(lanes.map((lane) => lane.queue));
      await Promise.all(lanes.map((lane) => lane.connection.close()));
      await drainPending();
    },
  };
}
