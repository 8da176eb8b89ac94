import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rename, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import { cacheDirectory } from './cache-directory.ts';
import { findFreePort } from './free-port.ts';
import { startProcessGuard } from './process-guard.ts';

const VERSION = '1.8.0';
const MODULE = `github.com/versity/versitygw/cmd/versitygw@v${VERSION}`;

/** A running S3 server over a temporary directory. */
export interface S3Server {
  readonly endpoint: string;
  readonly credentials: { readonly accessKeyId: string; readonly secretAccessKey: string };
  close(): Promise<void>;
}

/** Path of the server's binary, built from its Go module if need be; or why there is none. */
export async function findVersitygw(
  say: (line: string) => void = () => undefined,
): Promise<{ readonly path: string } | { readonly missing: string }> {
  const home = join(cacheDirectory(), `versitygw-${VERSION}`);
  const path = join(home, 'versitygw');
  if (existsSync(path)) return { path };
  const run = promisify(execFile);
  const building = join(home, `build-${process.pid}`);
  try {
    await run('go', ['version']);
  } catch {
    return { missing: `versitygw ${VERSION}, the S3 server, is built from its Go module, and there is no Go here` };
  }
  try {
    say(`building versitygw ${VERSION}, an S3 server, from its Go module into ${home}`);
    await mkdir(building, { recursive: true });
    const env = { ...process.env, GOBIN: building, CGO_ENABLED: '0' };
    await run('go', ['install', '-p', '2', '-ldflags', '-s -w', MODULE], { env });
    await rename(join(building, 'versitygw'), path);
    return { path };
  } catch (error) {
    const reason = error instanceof Error ? error.message.split('\n').slice(0, 3).join(' ') : String(error);
    return { missing: `versitygw ${VERSION}, the S3 server, could not be built: ${reason}` };
  } finally {
    await rm(building, { recursive: true, force: true });
  }
}

/** Starts it on a free port of this machine, with these buckets. It ends with this process. */
export async function startVersitygw(path: string, buckets: readonly string[] = []): Promise<S3Server> {
  const directory = await mkdtemp(join(tmpdir(), 'isotherm-s3-'));
  const guard = startProcessGuard(directory, { temporary: true });
  const root = join(directory, 'buckets');
  await mkdir(root);
  for (const bucket of buckets) await mkdir(join(root, bucket));
  const port = await findFreePort();
  const credentials = { accessKeyId: 'test-access', secretAccessKey: 'test-secret' };
  const child = spawn(path, ['--quiet', '--port', `127.0.0.1:${port}`, 'posix', root], {
    env: { ROOT_ACCESS_KEY: credentials.accessKeyId, ROOT_SECRET_KEY: credentials.secretAccessKey },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  await guard.add('versitygw', child.pid ?? 0);
  let said = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    said = (said + text).slice(-2000);
  });
  const closed = once(child, 'close');
  const endpoint = `http://127.0.0.1:${port}`;
  const deadlineMs = performance.now() + 20_000;
  while (!(await answers(endpoint))) {
    if (child.exitCode !== null || performance.now() > deadlineMs) {
      await guard.close();
      throw new Error(`versitygw did not start: ${said}`);
    }
    await delay(20);
  }
  return {
    endpoint,
    credentials,
    async close() {
      child.kill('SIGTERM');
      await closed;
      await guard.close();
    },
  };
}

async function answers(endpoint: string): Promise<boolean> {
  return fetch(endpoint).then(
    () => true,
    () => false,
  );
}
