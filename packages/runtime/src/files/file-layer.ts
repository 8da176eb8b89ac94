import { link, mkdir, open, rename, rm } from 'node:fs/promises';

/** A file being written. */
export interface OpenFile {
  write(bytes: Uint8Array): Promise<void>;
  /** What was written survives a loss of power. Its name may not. */
  sync(): Promise<void>;
  close(): Promise<void>;
}

/** The calls of a file system that writing durably is made of. */
export interface FileLayer {
  /** Makes one directory below one that is there. @returns false if it is there already. */
  makeDirectory(path: string): Promise<boolean>;
  /** Makes a file that is not there yet. */
  createFile(path: string): Promise<OpenFile>;
  rename(from: string, to: string): Promise<void>;
  /** Gives a file a second name. @returns false if something has that name. */
  link(from: string, to: string): Promise<boolean>;
  /** Removes a name; one that is not there does not matter. */
  remove(path: string): Promise<void>;
  /** The names in a directory survive a loss of power. */
  syncDirectory(path: string): Promise<void>;
}

/** The file system of this machine. */
export const systemFiles: FileLayer = {
  makeDirectory: (path) => unlessThere(mkdir(path)),
  async createFile(path) {
    const handle = await open(path, 'wx');
    return {
      write: (bytes) => handle.writeFile(bytes),
      sync: () => handle.sync(),
      close: () => handle.close(),
    };
  },
  rename,
  link: (from, to) => unlessThere(link(from, to)),
  remove: (path) => rm(path, { force: true }),
  async syncDirectory(path) {
    await using handle = await open(path, 'r');
    await handle.sync();
  },
};

async function unlessThere(made: Promise<unknown>): Promise<boolean> {
  try {
    await made;
    return true;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return false;
    throw error;
  }
}
