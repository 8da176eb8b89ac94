import { chmod, mkdir, rm } from 'node:fs/promises';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { dirname } from 'node:path';
import { asIsothermError, IsothermError, type Logger } from '@isotherm/service-kit';
import type { LedgerReport, WorkerReport, WorkersReport } from './worker-report.ts';

/** Longest path of a Unix socket that every system takes: macOS has the smallest field (sys/un.h). */
const MAX_PATH_BYTES = 103;

/** What the control socket answers from. */
export interface ControlSocketDeps {
  readonly path: string;
  /** Whether workers may be killed. */
  readonly chaos: boolean;
  workers(): readonly WorkerReport[];
  ledger(): Promise<LedgerReport>;
  /** Kills a worker at once. @returns false if it is not up. @throws if there is none of that name */
  kill(name: string): boolean;
  readonly logger: Logger;
}

/** The control socket of a running platform. */
export interface ControlSocket {
  close(): Promise<void>;
}

/**
 * Serves HTTP on a Unix socket that only this user can open, which no browser and no other machine can reach:
 * `GET /v1/workers`, `GET /v1/ledger`, `POST /v1/workers/NAME/kill`. A path too long for a socket leaves the platform
 * without, and says so.
 */
export async function openControlSocket(deps: ControlSocketDeps): Promise<ControlSocket> {
  const { path, logger } = deps;
  if (Buffer.byteLength(path) > MAX_PATH_BYTES) {
    logger.warn(
      { path, maxBytes: MAX_PATH_BYTES, advice: 'For `isotherm chaos`, name a data directory with a shorter path.' },
      'Control socket was left out: its path is too long',
    );
    return { close: async () => undefined };
  }
  // Whoever holds the log's directory is this process: a socket that is there is of one that was killed.
  await mkdir(dirname(path), { recursive: true });
  await chmod(dirname(path), 0o700);
  await rm(path, { force: true });
  const server = createServer((request, response) => {
    answer(deps, request).then(
      (body) => send(response, 200, body),
      (thrown: unknown) => {
        const { code, id, message, advice } = asIsothermError(thrown);
        send(response, STATUS[code] ?? 500, { id, message, advice });
      },
    );
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(path, resolve);
  });
  await chmod(path, 0o600);
  return {
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

const STATUS: Readonly<Record<string, number>> = {
  NOT_FOUND: 404,
  PERMISSION_DENIED: 403,
  FAILED_PRECONDITION: 409,
  UNAVAILABLE: 503,
};

async function answer(deps: ControlSocketDeps, request: IncomingMessage): Promise<WorkersReport | LedgerReport> {
  const { method, url = '' } = request;
  if (method === 'GET' && url === '/v1/workers') return { chaos: deps.chaos, workers: deps.workers() };
  if (method === 'GET' && url === '/v1/ledger') return await deps.ledger();
  const name = /^\/v1\/workers\/([a-z0-9-]+)\/kill$/.exec(url)?.[1];
  if (method === 'POST' && name !== undefined) return kill(deps, name);
  throw new IsothermError({ code: 'NOT_FOUND', id: 'CONTROL_UNKNOWN', message: `There is no ${method} ${url} here.` });
}

function kill(deps: ControlSocketDeps, name: string): WorkersReport {
  if (!deps.chaos) {
    throw new IsothermError({
      code: 'PERMISSION_DENIED',
      id: 'CHAOS_NOT_ALLOWED',
      message: 'This platform does not let its workers be killed.',
      advice: 'Start it with --chaos where that is wanted; it never is where others depend on it.',
    });
  }
  if (!deps.workers().some((worker) => worker.name === name)) {
    throw new IsothermError({
      code: 'NOT_FOUND',
      id: 'WORKER_UNKNOWN',
      message: `There is no worker ${name}; there are ${deps
        .workers()
        .map((worker) => worker.name)
        .join(', ')}.`,
    });
  }
  if (!deps.kill(name)) {
    throw new IsothermError({
      code: 'FAILED_PRECONDITION',
      id: 'WORKER_NOT_READY',
      message: `Worker ${name} is not up: it cannot be killed now.`,
      advice: 'Try again when it is back.',
    });
  }
  deps.logger.warn({ worker: name, advice: 'Somebody asked for it through the control socket.' }, 'Worker was killed');
  return { chaos: true, workers: deps.workers() };
}

function send(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' });
  response.end(`${JSON.stringify(body)}\n`);
}
