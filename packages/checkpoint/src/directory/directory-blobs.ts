import { closeSync, openSync, readSync } from 'node:fs';
import { readdir, readFile, rm, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { createDurableFiles, type FileLayer, UNFINISHED_PREFIX } from '@isotherm/runtime/files';
import type { BlobReader, BlobStore } from '../blob-store.ts';

const UNFINISHED_MAX_AGE_MS = 3_600_000;

/**
 * Blobs as files. An object is written under a passing name, synced, and then renamed or, to be exclusive, linked to its
 * own; `create` syncs the folder, which makes all its names durable at once. `layer` is the system's but in tests.
 */
export async function openDirectoryBlobs(path: string, layer?: FileLayer): Promise<BlobStore> {
  const files = createDurableFiles(layer);
  await files.makeDirectories(resolve(path));
  await removeUnfinished(path);
  const known = new Set<string>();
  const fileOf = async (folder: string, name: string) => {
    if (!known.has(folder)) {
      await files.makeDirectories(resolve(path, folder));
      known.add(folder);
    }
    return join(path, folder, name);
  };
  return {
    ...readDirectoryBlobs(path),
    async put(folder, name, bytes) {
      await files.put(await fileOf(folder, name), bytes);
    },
    async create(folder, name, bytes) {
      return files.create(await fileOf(folder, name), bytes);
    },
    async remove(folder, names) {
      await Promise.all(names.map((name) => rm(join(path, folder, name), { force: true })));
    },
    async close() {},
  };
}

/** The part of it that only reads: it makes and removes nothing, and needs no right to write. */
export function readDirectoryBlobs(
  path: string,
): Required<Pick<BlobStore, 'list' | 'get' | 'open' | 'folders' | 'writtenMs'>> {
  return {
    async list(folder) {
      const names = await readdir(join(path, folder)).catch(unlessMissing);
      return names === undefined ? [] : names.filter((name) => !name.startsWith('.'));
    },
    async get(folder, name) {
      const bytes = await readFile(join(path, folder, name)).catch(unlessMissing);
      return bytes && new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.length);
    },
    async open(folder, name) {
      try {
        return readerOf(openSync(join(path, folder, name), 'r'));
      } catch (error) {
        return unlessMissing(error);
      }
    },
    async writtenMs(folder, name) {
      return (await stat(join(path, folder, name)).catch(unlessMissing))?.mtimeMs;
    },
    async folders() {
      const entries = await readdir(path, { withFileTypes: true });
      return entries.filter((entry) => entry.isDirectory()).map(({ name }) => name);
    },
  };
}

/** Removes what writers left that ended in the middle, once it is old enough to be nobody's. */
async function removeUnfinished(path: string): Promise<void> {
  for (const entry of await readdir(path, { withFileTypes: true, recursive: true })) {
    if (!entry.name.startsWith(UNFINISHED_PREFIX)) continue;
    const file = join(entry.parentPath, entry.name);
    const found = await stat(file).catch(unlessMissing);
    if (found !== undefined && Date.now() - found.mtimeMs > UNFINISHED_MAX_AGE_MS) await rm(file, { force: true });
  }
}

/**
 * Reads a file on the thread of its caller: who reads a gigabyte in small pieces has each still in the cache, and neither
 * waits for another thread nor keeps two busy.
 */
function readerOf(file: number): BlobReader {
  let at = 0;
  return {
    async read(into) {
      const from = at;
      for (let left = into; left.length > 0; ) {
        const read = readSync(file, left, 0, left.length, at);
        if (read === 0) break;
        at += read;
        left = left.subarray(read);
      }
      return at - from;
    },
    async close() {
      closeSync(file);
    },
  };
}

function unlessMissing(error: unknown): undefined {
  if (!hasCode(error, 'ENOENT')) throw error;
}

function hasCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code;
}
