import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { type FileLayer, systemFiles } from './file-layer.ts';

/** Begins the names of files that are not whole yet. */
export const UNFINISHED_PREFIX = '.unfinished-';

/**
 * Writes files that survive a loss of power whole or not at all: each is written under a passing name, synced, and then
 * given its own. Everything that a start or a checkpoint rests on is written with this.
 */
export interface DurableFiles {
  /** Makes a directory and what is missing above it; durable when it resolves. */
  makeDirectories(path: string): Promise<void>;
  /** Writes a file, over one that is there; durable when it resolves. */
  replace(path: string, bytes: Uint8Array): Promise<void>;
  /** Writes a file under a name that nobody has. @returns false if somebody has it; true means durable. */
  create(path: string, bytes: Uint8Array): Promise<boolean>;
  /** Writes a file whose name becomes durable with the next `create`, `replace` or `syncDirectory` in its directory. */
  put(path: string, bytes: Uint8Array): Promise<void>;
  /** Makes the names in a directory durable. */
  syncDirectory(path: string): Promise<void>;
}

/** Creates it. `layer` is the system's but in tests. */
export function createDurableFiles(layer: FileLayer = systemFiles): DurableFiles {
  async function writeUnnamed(path: string, bytes: Uint8Array): Promise<string> {
    const unfinished = join(dirname(path), UNFINISHED_PREFIX + randomUUID());
    const file = await layer.createFile(unfinished);
    try {
      await file.write(bytes);
      await file.sync();
    } catch (error) {
      await layer.remove(unfinished).catch(() => undefined);
      throw error;
    } finally {
      await file.close();
    }
    return unfinished;
  }

  async function put(path: string, bytes: Uint8Array): Promise<void> {
    await layer.rename(await writeUnnamed(path, bytes), path);
  }

  async function makeDirectories(path: string): Promise<void> {
    const parent = dirname(path);
    if (parent !== path && !existsSync(parent)) await makeDirectories(parent);
    // Its name is synced also where it was there already: whoever made it may have lost power before that.
    await layer.makeDirectory(path);
    await layer.syncDirectory(parent);
  }

  return {
    makeDirectories,
    put,
    syncDirectory: layer.syncDirectory,
    async replace(path, bytes) {
      await put(path, bytes);
      await layer.syncDirectory(dirname(path));
    },
    async create(path, bytes) {
      const unfinished = await writeUnnamed(path, bytes);
      try {
        if (!(await layer.link(unfinished, path))) return false;
      } finally {
        await layer.remove(unfinished);
      }
      await layer.syncDirectory(dirname(path));
      return true;
    },
  };
}
