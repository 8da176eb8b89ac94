import { randomUUID } from 'node:crypto';
import { type FileHandle, link, mkdir, open, readdir, rename, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { BlobReader, BlobStore } from '../blob-store.ts';

const UNFINISHED = '.unfinished-';
const UNFINISHED_MAX_AGE_MS = 3_600_000;

/**
 * Blobs as files. An object is written under a passing name, synced, and then renamed or, to be exclusive, linked to its
 * own; `create` syncs the folder, which makes all its names durable at once.
 */
export async function openDirectoryBlobs(path: string): Promise<BlobStore> {
  await mkdir(path, { recursive: true });
  await removeUnfinished(path);
  const known = new Set<string>();
  const write = async (folder: string, bytes: Uint8Array) => {
    if (!known.has(folder)) {
      await mkdir(join(path, folder), { recursive: true });
      await syncDirectory(path);
      known.add(folder);
    }
    const file = join(path, folder, UNFINISHED + randomUUID());
    await using handle = await open(file, 'wx');
    await handle.writeFile(bytes);
    await handle.datasync();
    return file;
  };
  return {
    ...readDirectoryBlobs(path),
    async put(folder, name, bytes) {
      const file = await write(folder, bytes);
      await rename(file, join(path, folder, name));
    },
    async create(folder, name, bytes) {
      const file = await write(folder, bytes);
      try {
        await link(file, join(path, folder, name));
      } catch (error) {
        if (hasCode(error, 'EEXIST')) return false;
        throw error;
      } finally {
        await rm(file, { force: true });
      }
      await syncDirectory(join(path, folder));
      return true;
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
      const handle = await open(join(path, folder, name), 'r').catch(unlessMissing);
      if (handle === undefined) return undefined;
      try {
        const { size } = await handle.stat();
        const bytes = new Uint8Array(size);
        return bytes.subarray(0, await fill(handle, [bytes], 0));
      } finally {
        await handle.close();
      }
    },
    async open(folder, name) {
      const handle = await open(join(path, folder, name), 'r').catch(unlessMissing);
      return handle && readerOf(handle);
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
    if (!entry.name.startsWith(UNFINISHED)) continue;
    const file = join(entry.parentPath, entry.name);
    const found = await stat(file).catch(unlessMissing);
    if (found !== undefined && Date.now() - found.mtimeMs > UNFINISHED_MAX_AGE_MS) await rm(file, { force: true });
  }
  await syncDirectory(dirname(path));
}

/** Fills the bytes from the beginning of a file. @returns how many there were. */
function readerOf(handle: FileHandle): BlobReader {
  let at = 0;
  return {
    async read(into) {
      const read = await fill(handle, into, at);
      at += read;
      return read;
    },
    close: () => handle.close(),
  };
}

/** Fills the arrays from the file's bytes from `from` on. @returns how many there were. */
async function fill(handle: FileHandle, into: readonly Uint8Array[], from: number): Promise<number> {
  let left = into.filter(({ length }) => length > 0);
  let read = 0;
  while (left.length > 0) {
    const { bytesRead } = await handle.readv(left, from + read);
    if (bytesRead === 0) break;
    read += bytesRead;
    left = after(left, bytesRead);
  }
  return read;
}

/** What is left of the arrays behind their first bytes. */
function after(arrays: readonly Uint8Array[], bytes: number): Uint8Array[] {
  let skip = bytes;
  return arrays.flatMap((array) => {
    const rest = array.subarray(Math.min(skip, array.length));
    skip -= array.length - rest.length;
    return rest.length > 0 ? [rest] : [];
  });
}

async function syncDirectory(path: string): Promise<void> {
  await using handle = await open(path, 'r');
  await handle.sync();
}

function unlessMissing(error: unknown): undefined {
  if (!hasCode(error, 'ENOENT')) throw error;
}

function hasCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code;
}
