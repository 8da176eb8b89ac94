import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

/** A platform in a process and a temporary directory of its own. */
export interface ScratchPlatform extends AsyncDisposable {
  readonly ingestAddress: string;
  readonly apiUrl: string;
  readonly dataDirectory: string;
  readonly process: ChildProcess;
}

const LAUNCHER = fileURLToPath(new URL('../../apps/isotherm/bin/isotherm.js', import.meta.url));

/** Starts `isotherm start --no-feed` with more flags, and waits until it is ready. */
export async function startScratchPlatform(flags: readonly string[] = []): Promise<ScratchPlatform> {
  const dataDirectory = await mkdtemp(join(tmpdir(), 'isotherm-bench-'));
  const [ingestPort, apiPort, metricsPort] = await Promise.all([freePort(), freePort(), freePort()]);
  const args = ['--ingest-port', ingestPort, '--api-port', apiPort, '--metrics-port', metricsPort].map(String);
  const child = spawn(
    process.execPath,
    [LAUNCHER, 'start', '--no-feed', '--data-dir', dataDirectory, '--disk-cap', '40GB', ...args, ...flags],
    { stdio: ['ignore', 'ignore', 'inherit'] },
  );
  const ended = once(child, 'exit');
  for (let attempt = 0; ; attempt++) {
    const ready = await fetch(`http://127.0.0.1:${metricsPort}/readyz`).then(
      (response) => response.ok,
      () => false,
    );
    if (ready) break;
    if (child.exitCode !== null || attempt > 300) throw new Error('The platform did not start; its error is above.');
    await sleep(200);
  }
  return {
    ingestAddress: `127.0.0.1:${ingestPort}`,
    apiUrl: `http://127.0.0.1:${apiPort}`,
    dataDirectory,
    process: child,
    async [Symbol.asyncDispose]() {
      child.kill('SIGTERM');
      await ended;
      await rm(dataDirectory, { recursive: true, force: true });
    },
  };
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  server.close();
  await once(server, 'close');
  return port;
}
