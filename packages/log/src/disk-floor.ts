import { statfsSync } from 'node:fs';
import { logDiskLow } from './log-errors.ts';

/** Space of a disk that the log leaves free: for the writes of others, and so that its own never meet a full disk. */
export interface DiskFloor {
  /** @throws LOG_DISK_LOW if less than the floor would be left after writing so many bytes. */
  check(bytes: number): void;
  /** @throws LOG_DISK_LOW if so little is free that dropping records could meet a full disk: that writes some pages too. */
  checkTrim(): void;
}

/** What dropping records may write before it gives anything back, generously. */
const TRIM_BYTES = 16 << 20;

/** Options of {@link createDiskFloor}. */
export interface DiskFloorOptions {
  /** A directory on the disk. */
  readonly path: string;
  /** Bytes that stay free. Default 0: no floor. */
  readonly minFreeBytes?: number | undefined;
  /** Bytes free on the disk of a path. Default what the system says. */
  readonly freeBytes?: (path: string) => number;
}

/** Creates a floor. The system is asked at every check: it knows by heart, in a few microseconds. */
export function createDiskFloor(options: DiskFloorOptions): DiskFloor {
  const { path, minFreeBytes = 0, freeBytes = freeOnDisk } = options;
  function leave(leastBytes: number, bytes: number): void {
    if (minFreeBytes <= 0) return;
    const free = freeBytes(path);
    if (free - bytes < leastBytes) throw logDiskLow(leastBytes, free);
  }
  return {
    check: (bytes) => leave(minFreeBytes, bytes),
    checkTrim: () => leave(Math.min(minFreeBytes, TRIM_BYTES), 0),
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
