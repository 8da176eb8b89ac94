import { statfsSync } from 'node:fs';
import { logDiskLow } from './log-errors.ts';

/** Space of a disk that the log leaves free: for the writes of others, and so that its own never meet a full disk. */
export interface DiskReserve {
  /** @throws LOG_DISK_LOW if less than the reserve would be left after writing so many bytes. */
  check(bytes: number): void;
  /** @throws LOG_DISK_LOW if so little is free that dropping records could meet a full disk: that writes some pages too. */
  checkTrim(): void;
}

/** What dropping records may write before it gives anything back, generously. */
const TRIM_BYTES = 16 << 20;

/** Options of {@link createDiskReserve}. */
export interface DiskReserveOptions {
  /** A directory on the disk. */
  readonly path: string;
  /** Bytes that stay free. Default 0: none. */
  readonly diskReserveBytes?: number | undefined;
  /** Bytes free on the disk of a path. Default what the system says. */
  readonly freeBytes?: (path: string) => number;
}

/** Creates a check of the reserve. It calls statfs every time, which takes a few microseconds. */
export function createDiskReserve(options: DiskReserveOptions): DiskReserve {
  const { path, diskReserveBytes = 0, freeBytes = freeOnDisk } = options;
  function leave(leastBytes: number, bytes: number): void {
    if (diskReserveBytes <= 0) return;
    const free = freeBytes(path);
    if (free - bytes < leastBytes) throw logDiskLow(leastBytes, free);
  }
  return {
    check: (bytes) => leave(diskReserveBytes, bytes),
    checkTrim: () => leave(Math.min(diskReserveBytes, TRIM_BYTES), 0),
  };
}

/** Bytes that this user can still write on the disk of a path; infinite where the system does not say. */
function freeOnDisk(path: string): number {
  try {
    const { bavail, bsize } = statfsSync(path);
    return bavail * bsize;
  } catch {
    return Number.POSITIVE_INFINITY;
  }
}
