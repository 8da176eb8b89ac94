import { readFile } from 'node:fs/promises';
import { createServer, type RequestListener, type Server, type ServerResponse } from 'node:http';
import { createServer as createHttp2Server, type Http2Server } from 'node:http2';
import type { AddressInfo, Socket } from 'node:net';
import { extname, join, normalize } from 'node:path';
import { Code, ConnectError, type Interceptor } from '@connectrpc/connect';
import { connectNodeAdapter } from '@connectrpc/connect-node';
import { fakeRoutes } from './fake-routes.ts';
import { type FakeMode, FakeState } from './fake-state.ts';
import { loadTestCities } from './test-cities.ts';

/** Options of the fake platform. */
export interface FakePlatformOptions {
  /** Default live. */
  readonly mode?: FakeMode;
  /** How many of the catalogue's cities the feed sends. Default 15,000. */
  readonly cities?: number;
  /** How long yesterday plays in mode replay. Default 30 s. */
  readonly replaySeconds?: number;
  /** Port of the API and the page. Default any free one. */
  readonly port?: number;
  /** Folder of the built page. Default dist. */
  readonly page?: string;
}

/** A platform made of synthetic weather, to look at the dashboard and to test it. */
export interface FakePlatform {
  /** The API and the page. */
  readonly url: string;
  /** gRPC ingest. */
  readonly ingestUrl: string;
  /** Asks for this token from now on; undefined: for none. */
  askFor(token: string | undefined): void;
  /** Lets the owners of every other city go away, or come back. */
  setAway(away: boolean): void;
  /** Drops every connection and refuses new ones. */
  goAway(): Promise<void>;
  /** Listens again on the same port. */
  comeBack(): Promise<void>;
  close(): Promise<void>;
}

const DIST = new URL('../dist/', import.meta.url).pathname;
const TYPES: Record<string, string> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript',
  '.css': 'text/css',
  '.json': 'application/json',
  '.svg': 'image/svg+xml',
  '.woff2': 'font/woff2',
};

/** Starts the fake platform on loopback. */
export async function startFakePlatform(options: FakePlatformOptions = {}): Promise<FakePlatform> {
  const state = new FakeState(
    loadTestCities(),
    options.cities ?? 15_000,
    options.mode ?? 'live',
    options.replaySeconds ?? 30,
  );
  const page = options.page ?? DIST;
  const routes = fakeRoutes(state);
  let wanted: string | undefined;
  const checkToken: Interceptor = (next) => (request) => {
    if (wanted === undefined || request.header.get('authorization') === `Bearer ${wanted}`) return next(request);
    throw new ConnectError('The token is not the one.', Code.Unauthenticated);
  };
  const api = connectNodeAdapter({
    routes,
    interceptors: [checkToken],
    fallback: (request, response) => void servePage(page, request, response as ServerResponse),
  });
  const sockets = new Set<Socket>();
  let server: Server = await listen(api, options.port ?? 0, sockets);
  const port = (server.address() as AddressInfo).port;
  const ingest: Http2Server = createHttp2Server(connectNodeAdapter({ routes }));
  await new Promise<void>((resolve) => ingest.listen(0, '127.0.0.1', resolve));

  const goAway = async (): Promise<void> => {
    const closed = new Promise((resolve) => server.close(resolve));
    for (const socket of sockets) socket.destroy();
    await closed;
  };
  return {
    url: `http://127.0.0.1:${port}/`,
    ingestUrl: `http://127.0.0.1:${(ingest.address() as AddressInfo).port}`,
    askFor(token) {
      wanted = token;
    },
    setAway(away) {
      state.away = away;
    },
    goAway,
    async comeBack() {
      server = await listen(api, port, sockets);
    },
    async close() {
      await goAway();
      await new Promise((resolve) => ingest.close(resolve));
    },
  };
}

async function listen(
  handler: ReturnType<typeof connectNodeAdapter>,
  port: number,
  sockets: Set<Socket>,
): Promise<Server> {
  const server = createServer(handler as RequestListener);
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', resolve);
  });
  return server;
}

async function servePage(
  folder: string,
  request: { readonly url?: string | undefined },
  response: ServerResponse,
): Promise<void> {
  const { pathname } = new URL(request.url ?? '/', 'http://localhost');
  const path = normalize(join(folder, pathname === '/' ? 'index.html' : pathname));
  const body = path.startsWith(normalize(folder)) ? await readFile(path).catch(() => undefined) : undefined;
  if (!body) {
    response.writeHead(404).end();
    return;
  }
  response.writeHead(200, {
    'content-type': TYPES[extname(path)] ?? 'application/octet-stream',
    'content-security-policy': "default-src 'self'; base-uri 'none'; frame-ancestors 'none'",
    'x-content-type-options': 'nosniff',
  });
  response.end(body);
}
