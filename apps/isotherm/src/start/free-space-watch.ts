import { stat, statfs } from 'node:fs/promises';
import type { Logger } from '@isotherm/service-kit';

/** What is watched, and whom it tells. */
export interface FreeSpaceWatchDeps {
  /** Directories by what they hold; each may be on a disk of its own, which is named by the first one on it. */
  readonly directories: Readonly<Record<string, string>>;
  /** Bytes that should stay free on each disk. */
  readonly reserveBytes: number;
  readonly logger: Logger;
  /** The disk of a directory. Default what the system says. */
  readonly diskOf?: (directory: string) => Promise<Disk>;
}

/** A disk and what this user can still write on it. */
export interface Disk {
  readonly device: number;
  readonly freeBytes: number;
}

/** Says when a disk of the platform runs full, and when it has space again. Refusing is the log's business. */
export interface FreeSpaceWatch {
  /** Looks now. */
  check(): Promise<void>;
  stop(): void;
}

const INTERVAL_MS = 1_000;
/** Said again after so many looks, while nothing changes. */
const SAY_AGAIN_AFTER = 60;

/** Starts watching. */
export function startFreeSpaceWatch(deps: FreeSpaceWatchDeps): FreeSpaceWatch {
  const { directories, reserveBytes, logger, diskOf = systemDiskOf } = deps;
  const looksBelow = new Map<number, number>();

  async function check(): Promise<void> {
    const seen = new Set<number>();
    for (const [holds, directory] of Object.entries(directories)) {
      const { device, freeBytes } = await diskOf(directory);
      if (seen.has(device)) continue;
      seen.add(device);
      const looks = looksBelow.get(device) ?? 0;
      const fields = { holds, directory, freeBytes, reserveBytes };
      if (freeBytes < reserveBytes) {
        if (looks % SAY_AGAIN_AFTER === 0) logger.warn({ ...fields, advice: ADVICE }, 'Disk is nearly full');
        looksBelow.set(device, looks + 1);
      } else if (looksBelow.delete(device)) {
        logger.info(fields, 'Disk has space again');
      }
    }
  }

  const timer = setInterval(() => {
    check().catch((error: unknown) => logger.debug({ err: error }, 'Free space could not be read'));
  }, INTERVAL_MS);
  return { check, stop: () => clearInterval(timer) };
}

const ADVICE =
  'Ingest refuses while the log has less than the reserve. Free space on this disk, or lower --disk-reserve or --disk-cap; what is acked is kept.';

/** What the system says of a directory's disk. */
export async function systemDiskOf(directory: string): Promise<Disk> {
  const [{ dev }, { bavail, bsize }] = await Promise.all([stat(directory), statfs(directory)]);
  return { device: dev, freeBytes: bavail * bsize };
}
