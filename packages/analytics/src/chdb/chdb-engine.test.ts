import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { IsothermError } from '@isotherm/service-kit';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { minuteRows } from '../conformance/index.ts';
import { openChdbAnalytics } from './open-chdb-analytics.ts';

const ORIGIN = { incarnation: '00000190a0b0c0d0' };
const MINUTE = Date.UTC(2026, 6, 1) / 60_000;

describe('chDB engine', () => {
  let root: string;
  let child: ChildProcess | undefined;

  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), 'isotherm-chdb-'));
  });
  afterEach(async () => {
    if (child?.exitCode === null && child.signalCode === null) {
      child.kill('SIGKILL');
      await once(child, 'exit');
    }
    child = undefined;
    await rm(root, { recursive: true, force: true });
  });

  const paths = () => ({ path: join(root, 'db'), scratchDirectory: join(root, 'scratch') });

  /** Another process that opens the store, writes a row, says so, and stays. */
  async function otherProcess(): Promise<ChildProcess> {
    const started = spawn(process.execPath, [join(import.meta.dirname, 'testing', 'write-and-stay.ts'), root], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    child = started;
    const said = once(started.stdout as NodeJS.ReadableStream, 'data');
    const ended = once(started, 'exit').then(() => {
      throw new Error('The other process ended early.');
    });
    ended.catch(() => undefined);
    await Promise.race([said, ended]);
    return started;
  }

  it('says in one sentence that another process has the directory', async () => {
    await otherProcess();
    const opened = openChdbAnalytics(paths());
    await expect(opened).rejects.toBeInstanceOf(IsothermError);
    await expect(opened).rejects.toMatchObject({
      code: 'FAILED_PRECONDITION',
      id: 'ANALYTICS_DIRECTORY_IN_USE',
      advice: 'Stop that process, or choose another data directory.',
    });
  });

  it('has every confirmed row after its process was killed', async () => {
    const other = await otherProcess();
    other.kill('SIGKILL');
    await once(other, 'exit');
    await using store = await openChdbAnalytics(paths());
    await store.migrate();
    expect(await store.totals()).toMatchObject({ minuteRows: 1, observations: 7 });
  });

  it('removes scratch files, its own after use and those an earlier process left', async () => {
    const { scratchDirectory } = paths();
    await mkdir(scratchDirectory, { recursive: true });
    await writeFile(join(scratchDirectory, '1-0.isotherm-insert'), 'left over');
    await writeFile(join(scratchDirectory, 'notes.txt'), 'not ours');
    await using store = await openChdbAnalytics(paths());
    expect(await readdir(scratchDirectory)).toEqual(['notes.txt']);
    await store.migrate();
    await store.writeMinuteRows(ORIGIN, [minuteRows(1, [{ cityId: '1', minute: MINUTE, temperature: 1 }])]);
    expect(await readdir(scratchDirectory)).toEqual(['notes.txt']);
  });

  it('asks for migrations where there are no tables', async () => {
    await using store = await openChdbAnalytics(paths());
    await expect(store.totals()).rejects.toMatchObject({
      code: 'FAILED_PRECONDITION',
      id: 'ANALYTICS_NOT_MIGRATED',
    });
  });

  it('closes twice without harm', async () => {
    const store = await openChdbAnalytics(paths());
    await store.close();
    await store.close();
    expect(existsSync(paths().path)).toBe(true);
  });

  it('says what to do where the engine has no build', async () => {
    vi.resetModules();
    vi.doMock('chdb/connection', () => {
      throw new Error('no native binding');
    });
    try {
      const { openChdbAnalytics: open } = await import('./open-chdb-analytics.ts');
      await expect(open(paths())).rejects.toMatchObject({ id: 'ANALYTICS_ENGINE_UNAVAILABLE', retryable: false });
    } finally {
      vi.doUnmock('chdb/connection');
      vi.resetModules();
    }
  });
});
