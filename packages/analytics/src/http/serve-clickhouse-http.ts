import { createHash, timingSafeEqual } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { pipeline } from 'node:stream/promises';
import { openScratchFiles } from '../chdb/scratch-files.ts';
import { credentialsOf } from './credentials.ts';
import { openHttpEngine } from './http-engine.ts';
import { toHttpStatement } from './http-statement.ts';

/** Options of {@link serveClickHouseHttp}. */
export interface ClickHouseHttpOptions {
  /** Data directory of an engine that this process has open, or opens now. */
  readonly path: string;
  /** Directory for bodies of inserts. Left-overs in it are removed. */
  readonly scratchDirectory: string;
  /** Default 8123; 0 takes any that is free. */
  readonly port?: number;
  /** Default 127.0.0.1. Without credentials, whoever can reach the address can read and drop everything. */
  readonly host?: string;
  readonly credentials?: { readonly username: string; readonly password: string };
  /** Largest body. Default 256 MiB; a larger one is refused. */
  readonly maxBodyBytes?: number;
  /** Statements in flight. Default 64; the newest past that is refused. */
  readonly maxStatements?: number;
}

/** A served interface. */
export interface ClickHouseHttp extends AsyncDisposable {
  readonly url: string;
  /** Ends connections and releases the engine's. Idempotent. */
  close(): Promise<void>;
}

/**
 * Serves the engine in this process behind ClickHouse's HTTP interface, so that other processes share one store and any
 * client of ClickHouse can query it: queries, parameters, settings, inserts with bodies in any format. No sessions.
 */
export async function serveClickHouseHttp(options: ClickHouseHttpOptions): Promise<ClickHouseHttp> {
  const { host = '127.0.0.1', port = 8123, maxBodyBytes = 256 * 1024 ** 2, maxStatements = 64 } = options;
  const engine = await openHttpEngine(options.path, openScratchFiles(options.scratchDirectory));
  let running = 0;

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', 'http://localhost');
    if (url.pathname === '/ping') return end(response, 200, 'Ok.\n');
    if (!isAllowed(request, url, options.credentials)) {
      return fail(response, 401, 516, 'Authentication failed: wrong user name or password. (AUTHENTICATION_FAILED)');
    }
    if (running >= maxStatements) {
      return fail(
        response,
        503,
        202,
        `Too many simultaneous queries. Maximum: ${maxStatements}. (TOO_MANY_SIMULTANEOUS_QUERIES)`,
      );
    }
    running++;
    try {
      const body = await readBody(request, maxBodyBytes);
      if (body === undefined) {
        return fail(response, 413, 307, `The body is larger than ${maxBodyBytes} bytes. (TOO_MANY_BYTES)`);
      }
      const result = await engine.execute(toHttpStatement(url, body));
      response.writeHead(200, { 'X-ClickHouse-Query-Id': result.query_id });
      await pipeline(result.stream, response);
    } catch (error) {
      if (response.headersSent) response.destroy();
      else failWith(response, error);
    } finally {
      running--;
    }
  }

  const server = createServer((request, response) => void answer(request, response));
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, resolve);
  });
  let closed: Promise<void> | undefined;
  const close = () => {
    closed ??= new Promise<void>((resolve) => {
      server.close(() => resolve());
      server.closeIdleConnections();
    }).then(() => engine.close());
    return closed;
  };
  const { port: actual } = server.address() as AddressInfo;
  return { url: `http://${host}:${actual}`, close, [Symbol.asyncDispose]: close };
}

function isAllowed(request: IncomingMessage, url: URL, expected: ClickHouseHttpOptions['credentials']): boolean {
  if (expected === undefined) return true;
  const given = credentialsOf(request, url);
  return isSame(given.username, expected.username) && isSame(given.password, expected.password);
}

/** Takes the same time wherever the texts differ. */
function isSame(given: string, expected: string): boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(given), digest(expected));
}

async function readBody(request: IncomingMessage, maxBytes: number): Promise<Buffer | undefined> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.byteLength;
    if (bytes > maxBytes) return undefined;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

/** Errors keep the engine's number and text: clients of ClickHouse read both. */
function failWith(response: ServerResponse, error: unknown): void {
  const message = error instanceof Error ? error.message : String(error);
  const code = error instanceof Error ? Number((error as Error & { code?: unknown }).code) : Number.NaN;
  const number = Number.isInteger(code) ? code : Number(/Code: (\d+)/.exec(message)?.[1] ?? 49);
  const type = error instanceof Error ? (error as Error & { type?: unknown }).type : undefined;
  const suffix = typeof type === 'string' && !message.includes(`(${type})`) ? ` (${type})` : '';
  fail(
    response,
    number === 60 || number === 81 ? 404 : 500,
    number,
    `${message.replace(/^Code: \d+\. DB::Exception: /, '')}${suffix}`,
  );
}

function fail(response: ServerResponse, status: number, code: number, message: string): void {
  response.setHeader('X-ClickHouse-Exception-Code', code);
  end(response, status, `Code: ${code}. DB::Exception: ${message}\n`);
}

function end(response: ServerResponse, status: number, text: string): void {
  response.writeHead(status, { 'Content-Type': 'text/plain; charset=UTF-8' });
  response.end(text);
}
