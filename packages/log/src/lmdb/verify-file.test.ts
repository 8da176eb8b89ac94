import { spawnSync } from 'node:child_process';
import {
  closeSync,
  cpSync,
  mkdtempSync,
  openSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openLmdbLog } from './open-lmdb-log.ts';
import { verifyLogFile } from './verify-file.ts';

const PAGE_BYTES = 4096;
const root = mkdtempSync(join(tmpdir(), 'isotherm-'));
const good = join(root, 'good');
afterAll(() => rmSync(root, { recursive: true }));

/** A log with trees of some depth, records in and outside of their pages, and pages that were used again. */
beforeAll(async () => {
  await using log = await openLmdbLog({ path: good, partitionCount: 4, mode: 'writer' });
  for (let round = 0; round < 4; round++) {
    await Promise.all(
      Array.from({ length: 200 }, (_, i) =>
        log.append([{ partition: i % 4, bytes: Buffer.alloc(i % 3 === 0 ? 6_000 : 50, i), weight: 1 }]),
      ),
    );
    await log.trim(new Map([0, 1, 2, 3].map((partition) => [partition, 50 * round + 20])));
    verifyLogFile(good);
  }
});

function damaged(change: (path: string) => void): string {
  const directory = mkdtempSync(join(root, 'bad-'));
  cpSync(join(good, 'data.mdb'), join(directory, 'data.mdb'));
  change(join(directory, 'data.mdb'));
  return directory;
}

describe('a log file', () => {
  it('that is whole is opened, also by whoever finds it locked', async () => {
    verifyLogFile(good);
    await using log = await openLmdbLog({ path: good, partitionCount: 4, mode: 'writer' });
    verifyLogFile(good);
    expect(await log.sizeBytes()).toBeGreaterThan(0);
  });

  it('that was cut anywhere is refused instead of a SIGBUS', () => {
    const { length } = readFileSync(join(good, 'data.mdb'));
    for (const keep of [1, PAGE_BYTES, 2 * PAGE_BYTES, Math.floor(length / 4), Math.floor(length / 2)]) {
      const directory = damaged((path) => truncateSync(path, keep));
      expect(() => verifyLogFile(directory), `${keep} bytes`).toThrow(expect.objectContaining({ id: 'LOG_DAMAGED' }));
    }
  });

  it('is refused without its beginning, and named with the reason', async () => {
    const directory = damaged((path) => {
      const bytes = readFileSync(path);
      writeFileSync(path, bytes.fill(0, 0, 2 * PAGE_BYTES));
    });
    await expect(openLmdbLog({ path: directory, partitionCount: 4, mode: 'writer' })).rejects.toMatchObject({
      id: 'LOG_DAMAGED',
      message: expect.stringContaining(`${directory}/data.mdb is damaged: it does not begin like a database`),
    });
  });

  it('with damaged pages is refused, or opened to the end by a process that lives', { timeout: 120_000 }, () => {
    const bytes = readFileSync(join(good, 'data.mdb'));
    const script = `
      const { openLmdbLog } = await import(${JSON.stringify(new URL('./open-lmdb-log.ts', import.meta.url).href)});
      for (const path of process.argv.slice(1)) {
        try {
          const log = await openLmdbLog({ path, partitionCount: 4, mode: 'writer' });
          await log.close();
        } catch {}
      }`;
    let refused = 0;
    const opened: string[] = [];
    const work = damaged(() => undefined);
    const file = openSync(join(work, 'data.mdb'), 'r+');
    for (let at = 2 * PAGE_BYTES; at < bytes.length; at += PAGE_BYTES) {
      const changed = Uint8Array.from(bytes.subarray(at, at + 200), (byte) => byte ^ 0x5a);
      writeSync(file, changed, 0, changed.length, at);
      try {
        verifyLogFile(work);
        if (at % 17 === 0 && opened.length < 8) {
          opened.push(damaged((path) => cpSync(join(work, 'data.mdb'), path)));
        }
      } catch {
        refused += 1;
      }
      writeSync(file, bytes, at, changed.length, at);
    }
    closeSync(file);
    expect(refused).toBeGreaterThan(5);
    const end = spawnSync(process.execPath, ['--input-type=module', '-e', script, ...opened]);
    expect([end.status, end.signal]).toEqual([0, null]);
  });
});
