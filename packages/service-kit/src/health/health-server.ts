import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { listenError } from '../listen-error.ts';

/** What the health server answers from. */
export interface HealthSource {
  /** Why the process must be restarted; undefined: it works. Says nothing of what it depends on. */
  whyNotLive(): string | undefined;
  /** Why each part takes no work; undefined: it does. Ready means all do. */
  whyNotReady(): Readonly<Record<string, string | undefined>>;
  /** Metrics in Prometheus' text format. */
  metrics(): Promise<string>;
}

/** A listening health server. */
export interface HealthServer {
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
  const { address, family, port } = server.address() as AddressInfo;
  const close = () =>
    new Promise<void>((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    });
  return { address: family === 'IPv6' ? `[${address}]:${port}` : `${address}:${port}`, close };
}

async function answer(source: HealthSource, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const path = new URL(request.url ?? '/', 'http://localhost').pathname;
  if (path === '/metrics') return answerMetrics(source, response);
  if (path === '/livez') {
    const reason = source.whyNotLive();
    return sendJson(response, reason === undefined ? 200 : 503, { live: reason === undefined, reason });
  }
  if (path === '/readyz') {
    const reasons = Object.entries(source.whyNotReady());
    const ready = reasons.every(([, reason]) => reason === undefined);
    return sendJson(response, ready ? 200 : 503, {
      ready,
      parts: Object.fromEntries(reasons.map(([part, reason]) => [part, reason ?? 'ready'])),
    });
  }
  send(response, 404, 'text/plain; charset=utf-8', 'Try /livez, /readyz or /metrics.\n');
}

async function answerMetrics(source: HealthSource, response: ServerResponse): Promise<void> {
  try {
    send(response, 200, 'text/plain; version=0.0.4; charset=utf-8', await source.metrics());
  } catch (error) {
    send(response, 503, 'text/plain; charset=utf-8', `${error instanceof Error ? error.message : String(error)}\n`);
  }
}

function sendJson(response: ServerResponse, status: number, body: object): void {
  send(response, status, 'application/json', JSON.stringify(body));
}

function send(response: ServerResponse, status: number, type: string, body: string): void {
  response.writeHead(status, { 'content-type': type, 'cache-control': 'no-store' }).end(body);
}
