import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach } from 'vitest';

/** A directory, new for every test and removed after it. */
export function useDirectory(): { path: string } {
  const directory = { path: '' };
  beforeEach(async () => {
    directory.path = await mkdtemp(join(tmpdir(), 'isotherm-log-'));
  });
  afterEach(() => rm(directory.path, { recursive: true }));
  return directory;
}
