import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from 'vite';
import { type FakePlatform, startFakePlatform } from '../test-support/fake-platform.ts';

/** What the tests look at. */
export interface Target {
  /** The page. */
  readonly url: string;
  /** gRPC ingest, as http://host:port. */
  readonly ingestUrl: string;
  /** The fake platform, to interrupt it; undefined when the tests look at a real one. */
  readonly fake: FakePlatform | undefined;
  close(): Promise<void>;
}

/**
 * The platform at `ISOTHERM_URL` (and `ISOTHERM_INGEST_URL`, default http://127.0.0.1:50051), or else a fake one that serves a fresh
 * build of this page.
 */
export async function openTarget(): Promise<Target> {
  const url = process.env['ISOTHERM_URL'];
  if (url) {
    const ingestUrl = process.env['ISOTHERM_INGEST_URL'] ?? 'http://127.0.0.1:50051';
    return { url, ingestUrl, fake: undefined, close: async () => undefined };
  }
  const page = await mkdtemp(join(tmpdir(), 'isotherm-dashboard-'));
  const root = new URL('..', import.meta.url).pathname;
  const before = process.env['NODE_ENV'];
  // Vitest says "test", which would build React's development version.
  process.env['NODE_ENV'] = 'production';
  await build({ root, configFile: join(root, 'vite.config.ts'), logLevel: 'error', build: { outDir: page } });
  process.env['NODE_ENV'] = before;
  const fake = await startFakePlatform({ page });
  return {
    url: fake.url,
    ingestUrl: fake.ingestUrl,
    fake,
    async close() {
      await fake.close();
      await rm(page, { recursive: true, force: true });
    },
  };
}
