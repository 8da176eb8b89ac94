import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { listenError } from './listen-error.ts';

/** What the health server asks. */
export interface HealthSource {
  /** Whether the process works at all: false asks for a restart. */
  live(): boolean;
  /** Whether it takes work, by part. Ready means all true. */
  ready(): Readonly<Record<string, boolean>>;
  /** Metrics in Prometheus' text format. */
  metrics(): Promise<string>;
}

/** A running health server. */
export interface HealthServer extends AsyncDisposable {
  /** host:port it listens on. */
  readonly address: string;
  close(): Promise<void>;
}

/** Serves /livez, /readyz and /metrics. */
export async function startHealthServer(
  source: HealthSource,
  options: { readonly host: string; readonly port: number },
): Promise<HealthServer> {
  const server = createServer((request, response) => {
    answer(source, request, response).catch(() => response.destroy());
  });
  server.requestTimeout = 10_000;
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error) => reject(listenError(error, 'health and metrics', options)));
    server.listen(options.port, options.host, resolve);
  });
  const { address, port } = server.address() as AddressInfo;
  const close = () =>
    new Promise<void>((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    });
  return { address: `${address}:${port}`, close, [Symbol.asyncDispose]: close };
}

async function answer(source: HealthSource, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const path = new URL(request.url ?? '/', 'http://localhost').pathname;
  if (path === '/metrics') {
    send(response, 200, 'text/plain; version=0.0.4; charset=utf-8', await source.metrics());
  } else if (path === '/livez') {
    send(response, source.live() ? 200 : 503, 'application/json', JSON.stringify({ live: source.live() }));
  } else if (path === '/readyz') {
    const parts = source.ready();
    const ready = Object.values(parts).every(Boolean);
    send(response, ready ? 200 : 503, 'application/json', JSON.stringify({ ready, parts }));
  } else {
    send(response, 404, 'text/plain; charset=utf-8', 'Try /livez, /readyz or /metrics.\n');
  }
}

function send(response: ServerResponse, status: number, type: string, body: string): void {
  response.writeHead(status, { 'content-type': type, 'cache-control': 'no-store' }).end(body);
}
