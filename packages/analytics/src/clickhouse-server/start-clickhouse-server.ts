import { type ChildProcess, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createRequire } from 'node:module';
import { createServer } from 'node:net';
import { dirname, join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { IsothermError, isLoopback, listenError } from '@isotherm/service-kit';
import { engineUnavailable } from '../chdb/load-chdb.ts';
import { requireServable, type ServerFiles, writeServerFiles } from './server-files.ts';

/** Options of {@link startClickHouseServer}. */
export interface ClickHouseServerOptions extends Pick<ServerFiles, 'credentials' | 'cluster'> {
  /** Everything it keeps; one server at a time has it. */
  readonly directory: string;
  /** Where tables are. Default `data` inside of `directory`. */
  readonly dataDirectory?: string;
  /** Default 127.0.0.1. Any other than a loopback address needs credentials. */
  readonly host?: string;
  /** Default 8123; 0 takes any that is free. */
  readonly httpPort?: number;
  /** Port of the native protocol: of clickhouse-client, and between the nodes of a cluster. Default 9000; 0 takes any that is free. */
  readonly nativePort?: number;
}

/** A ClickHouse server in a process of its own. */
export interface ClickHouseServer extends AsyncDisposable {
  readonly url: string;
  /** host:port of HTTP. */
  readonly address: string;
  readonly nativePort: number;
  readonly pid: number;
  /** Resolves once the process has ended: undefined where that was asked for, else why, as far as it said. */
  readonly ended: Promise<IsothermError | undefined>;
  /** Ends it. What it has acked is on its disk. Idempotent. */
  close(): Promise<void>;
}

const START_LIMIT_MS = 60_000;
const LOOK_EVERY_MS = 50;
const STOP_LIMIT_MS = 10_000;
const KEPT_CHARACTERS = 4000;

/** Keeps a server's main statement under way for good: its ports are open as long as that is. */
const FOR_EVER =
  'SELECT count() FROM numbers(1000000000) WHERE sleepEachRow(3) SETTINGS max_block_size = 1, max_threads = 1 FORMAT Null';

/**
 * Starts the ClickHouse server that is inside the engine's library: HTTP, the native protocol, users, Distributed
 * tables. It ends with this process, however that ends.
 *
 * @throws IsothermError PORT_IN_USE, ANALYTICS_SERVER_UNSAFE, ANALYTICS_SERVER_FAILED if it does not come up
 */
export async function startClickHouseServer(options: ClickHouseServerOptions): Promise<ClickHouseServer> {
  const { host = '127.0.0.1' } = options;
  const directory = resolve(options.directory);
  requireServable({ ...options, loopback: isLoopback(host) });
  const library = engineLibrary();
  const httpPort = await claimPort(host, options.httpPort ?? 8123);
  const nativePort = await claimPort(host, options.nativePort ?? 9000);
  const displayName = `isotherm-${randomUUID()}`;
  const config = await writeServerFiles(directory, { ...options, displayName });
  const child = spawn(
    process.execPath,
    [
      fileURLToPath(new URL('./clickhouse-process.ts', import.meta.url)),
      library,
      `--path=${resolve(options.dataDirectory ?? join(directory, 'data'))}`,
      `--listen_host=${host}`,
      `--http_port=${httpPort}`,
      `--tcp_port=${nativePort}`,
      '--config-file',
      config,
      '-q',
      `SYSTEM START LISTEN HTTP; SYSTEM START LISTEN TCP; ${FOR_EVER}`,
    ],
    // In a group of its own: a signal of the terminal is for this process, which ends it in order.
    { stdio: ['pipe', 'ignore', 'pipe'], detached: true },
  );
  let closing: Promise<void> | undefined;
  const said = keepTail(child);
  const ended = once(child, 'close').then(() => (closing === undefined ? serverFailed(said()) : undefined));
  const close = () => {
    closing ??= stop(child, ended);
    return closing;
  };
  const address = `${host.includes(':') ? `[${host}]` : host}:${httpPort}`;
  const url = `http://${address}`;
  try {
    await untilServing({ url, displayName, credentials: options.credentials }, ended);
  } catch (error) {
    await close();
    throw error;
  }
  return { url, address, nativePort, pid: child.pid ?? 0, ended, close, [Symbol.asyncDispose]: close };
}

interface Sought extends Pick<ServerFiles, 'credentials' | 'displayName'> {
  readonly url: string;
}

/** Asks until it is this very server that answers: another program may have the port. */
async function untilServing(sought: Sought, ended: ClickHouseServer['ended']): Promise<void> {
  let over: IsothermError | undefined;
  void ended.then((error) => {
    over = error;
  });
  for (const beganMs = Date.now(); ; ) {
    if (over !== undefined) throw over;
    if (await answers(sought)) return;
    if (Date.now() - beganMs > START_LIMIT_MS) throw serverFailed(`Exception: it does not answer at ${sought.url}`);
    await sleep(LOOK_EVERY_MS);
  }
}

async function answers({ url, displayName, credentials }: Sought): Promise<boolean> {
  const headers = credentials && {
    'X-ClickHouse-User': credentials.username,
    'X-ClickHouse-Key': credentials.password,
  };
  try {
    const signal = AbortSignal.timeout(2000);
    const response = await fetch(`${url}/?query=SELECT%201`, { signal, ...(headers && { headers }) });
    await response.body?.cancel();
    return response.headers.get('X-ClickHouse-Server-Display-Name') === displayName;
  } catch {
    return false;
  }
}

async function stop(child: ChildProcess, ended: Promise<unknown>): Promise<void> {
  child.stdin?.end();
  const limit = setTimeout(() => child.kill('SIGKILL'), STOP_LIMIT_MS).unref();
  await ended;
  clearTimeout(limit);
}

function keepTail({ stdin, stderr }: ChildProcess): () => string {
  let text = '';
  // It ends before everything was written to it where it cannot start.
  stdin?.on('error', () => undefined);
  stderr?.setEncoding('utf8').on('data', (more: string) => {
    text = `${text}${more}`.slice(-KEPT_CHARACTERS);
  });
  return () => text.trim();
}

/** A port on which nothing listens. @throws IsothermError PORT_IN_USE */
export async function claimPort(host: string, port: number): Promise<number> {
  const server = createServer();
  try {
    await once(server.listen(port, host), 'listening');
  } catch (error) {
    throw listenError(error, 'ClickHouse', { host, port });
  }
  const { port: found } = server.address() as { readonly port: number };
  server.close();
  await once(server, 'close');
  return found;
}

/** Path of the engine's library. */
function engineLibrary(): string {
  const { platform, arch } = process;
  try {
    const ofEngine = createRequire(createRequire(import.meta.url).resolve('chdb'));
    return join(
      dirname(ofEngine.resolve(`@chdb/lib-${platform}-${arch}${platform === 'linux' ? '-gnu' : ''}`)),
      'libchdb.so',
    );
  } catch (error) {
    throw engineUnavailable(error);
  }
}

function serverFailed(said: string): IsothermError {
  const [line = ''] = said
    .split('\n')
    .filter((each) => each.includes('Exception'))
    .reverse();
  return new IsothermError({
    code: 'UNAVAILABLE',
    id: 'ANALYTICS_SERVER_FAILED',
    message: `The ClickHouse server ended${line === '' ? '' : `: ${line}`}.`,
    advice: 'Start it again; if the sentence names its files, mend those first.',
    metadata: { said },
  });
}
