import { mkdirSync, readdirSync, rmSync } from 'node:fs';
import { open, rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';

const SUFFIX = '.isotherm-insert';

/** Files that live for one insert. Not synced: they may vanish with the machine, the caller keeps the rows until told. */
export interface ScratchFiles {
  /** Writes the pieces one after the other, hands over the file's absolute path, and removes the file afterwards. */
  with<T>(pieces: readonly Uint8Array[], use: (path: string) => Promise<T>): Promise<T>;
}

/** Opens a directory for scratch files; what an earlier process left there is removed. */
export function openScratchFiles(directory: string): ScratchFiles {
  const root = resolve(directory);
  mkdirSync(root, { recursive: true });
  for (const name of readdirSync(root)) if (name.endsWith(SUFFIX)) rmSync(join(root, name), { force: true });
  let next = 0;
  return {
    async with(pieces, use) {
      const path = join(root, `${process.pid}-${next++}${SUFFIX}`);
      try {
        await write(path, pieces);
        return await use(path);
      } finally {
        await rm(path, { force: true });
      }
    },
  };
}

async function write(path: string, pieces: readonly Uint8Array[]): Promise<void> {
  const file = await open(path, 'wx', 0o600);
  try {
    for (const piece of pieces) {
      let written = 0;
      while (written < piece.byteLength) written += (await file.write(piece, written)).bytesWritten;
    }
  } finally {
    await file.close();
  }
}
