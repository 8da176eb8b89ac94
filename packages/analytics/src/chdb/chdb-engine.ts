import { mkdirSync } from 'node:fs';
import { type ClickHouseClient, createClient } from '@clickhouse/client';
import { IsothermError } from '@isotherm/service-kit';
import type { ClickHouseEngine, ReadOptions } from '../clickhouse-engine.ts';
import { toAnalyticsError } from '../clickhouse-error.ts';
import { INSERT_SHAPES, insertStatement } from '../schema/inserts.ts';
import { directoryOwner } from './directory-owner.ts';
import { FAILED_WRITES, refuseDroppedWrites } from './dropped-writes.ts';
import { removeEmptyMetadata } from './empty-metadata.ts';
import { loadChdb } from './load-chdb.ts';
import { openScratchFiles, type ScratchFiles } from './scratch-files.ts';

/** Options of {@link openChdbEngine}. */
export interface ChdbEngineOptions {
  /** Data directory of the engine. One process a directory, one directory a process. */
  readonly path: string;
  /** Where files of inserts live for a moment. Created; left-overs are removed. */
  readonly scratchDirectory: string;
  readonly database: string;
  /** Background merges begin so long after opening, in ms: whoever recovers has the processors until then. Default 0. */
  readonly quietMs?: number | undefined;
  /** Called when the engine has dropped a write to its files; all statements are refused from then on. */
  readonly onDropped?: ((error: IsothermError) => void) | undefined;
}

/**
 * The ClickHouse engine in this process. Inserts, reads, maintenance and the look at failed writes have a connection each:
 * statements of one connection run one after the other, those of different ones at the same time, on libuv's threads.
 *
 * @throws IsothermError ANALYTICS_ENGINE_UNAVAILABLE if the engine has no build for this platform,
 * ANALYTICS_DIRECTORY_IN_USE if another process has the directory.
 * Statements reject with ANALYTICS_WRITE_DROPPED once the engine has dropped a write: {@link refuseDroppedWrites}.
 */
export async function openChdbEngine(options: ChdbEngineOptions): Promise<ClickHouseEngine> {
  const { createChdbConnection, drainPending } = await loadChdb();
  refuseOwned(options.path);
  const connect = (): ClickHouseClient => {
    const connection = createChdbConnection({ path: options.path });
    return createClient({ connection } as unknown as Parameters<typeof createClient>[0]);
  };
  const opened: ClickHouseClient[] = [];
  try {
    const scratch = openScratchFiles(options.scratchDirectory);
    mkdirSync(options.path, { recursive: true });
    removeEmptyMetadata(options.path);
    opened.push(connect());
    const [writer] = opened as [ClickHouseClient];
    await writer.command({ query: 'SELECT 1' });
    const { quietMs = 0 } = options;
    if (quietMs > 0) await writer.command({ query: 'SYSTEM STOP MERGES' });
    const reader = connect();
    opened.push(reader);
    const maintainer = connect();
    opened.push(maintainer);
    const watcher = connect();
    opened.push(watcher);
    const engine = await refuseDroppedWrites(
      engineOf(options, { writer, reader, maintainer, watcher, scratch, drainPending }),
      { failedWrites: () => failedWrites(watcher), path: options.path, onDropped: options.onDropped },
    );
    return quietMs > 0 ? mergingAfter(engine, quietMs) : engine;
  } catch (error) {
    for (const client of opened) await client.close();
    throw openError(error, options.path);
  }
}

/** Lets merges begin after a while, unless the engine is closed before. */
function mergingAfter(engine: ClickHouseEngine, quietMs: number): ClickHouseEngine {
  const timer = setTimeout(() => {
    // Without merges parts pile up: inserts would be refused, loudly, long before anything is lost.
    engine.maintain('SYSTEM START MERGES').catch(() => undefined);
  }, quietMs).unref();
  return {
    ...engine,
    close() {
      clearTimeout(timer);
      return engine.close();
    },
  };
}

interface EngineParts {
  readonly writer: ClickHouseClient;
  readonly reader: ClickHouseClient;
  readonly maintainer: ClickHouseClient;
  readonly watcher: ClickHouseClient;
  readonly scratch: ScratchFiles;
  /** Resolves when nothing runs in the engine any more, calls given up by their callers included. */
  readonly drainPending: () => Promise<void>;
}

function engineOf(options: ChdbEngineOptions, parts: EngineParts): ClickHouseEngine {
  const { writer, reader, maintainer, watcher, scratch } = parts;
  let closed: Promise<void> | undefined;
  return {
    database: options.database,
    exclusive: true,
    read: (statement, readOptions) => rowsOf(reader, statement, readOptions),
    run: (statement) => command(writer, statement),
    maintain: (statement) => command(maintainer, statement),
    async insertNative(table, pieces) {
      try {
        await scratch.with(pieces, async (path) => {
          const source = `file(${quote(path)}, 'Native', ${quote(INSERT_SHAPES[table].structure)})`;
          await writer.command({ query: insertStatement(options.database, table, source) });
        });
      } catch (error) {
        throw toAnalyticsError(error);
      }
    },
    async close() {
      closed ??= (async () => {
        await Promise.all([writer.close(), reader.close(), maintainer.close(), watcher.close()]);
        await parts.drainPending();
      })();
      await closed;
    },
  };
}

async function failedWrites(client: ClickHouseClient): Promise<number> {
  const [row] = await rowsOf(client, FAILED_WRITES);
  return Number(row?.[0] ?? 0);
}

async function rowsOf(
  client: ClickHouseClient,
  query: string,
  { parameters, signal }: ReadOptions = {},
): Promise<readonly (readonly unknown[])[]> {
  try {
    const result = await client.query({
      query,
      format: 'JSONCompactEachRow',
      ...(parameters === undefined ? {} : { query_params: { ...parameters } }),
      ...(signal === undefined ? {} : { abort_signal: signal }),
    });
    return await result.json<readonly unknown[]>();
  } catch (error) {
    throw toAnalyticsError(error);
  }
}

async function command(client: ClickHouseClient, query: string): Promise<void> {
  try {
    await client.command({ query });
  } catch (error) {
    throw toAnalyticsError(error);
  }
}

/** A string as a literal of ClickHouse's SQL. Used for paths and structures of our own making only. */
function quote(text: string): string {
  return `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
}

function refuseOwned(path: string): void {
  const owner = directoryOwner(path);
  if (owner === undefined) return;
  throw new IsothermError({
    code: 'FAILED_PRECONDITION',
    id: 'ANALYTICS_DIRECTORY_IN_USE',
    message: `Process ${owner} uses the analytics directory ${path}.`,
    advice: 'Stop that process, or choose another data directory.',
    metadata: { path, pid: String(owner) },
  });
}

function openError(cause: unknown, path: string): IsothermError {
  if (cause instanceof IsothermError) return cause;
  return new IsothermError({
    code: 'FAILED_PRECONDITION',
    id: 'ANALYTICS_OPEN_FAILED',
    message: `The analytics directory ${path} cannot be opened.`,
    advice: 'Check that it is writable and on a disk with space; the log has the cause.',
    metadata: { path },
    cause,
  });
}
