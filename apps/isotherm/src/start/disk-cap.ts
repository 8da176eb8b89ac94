import { lstat, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { IsothermErrorOptions, Logger } from '@isotherm/service-kit';

/** What the cap watches, and whom it tells. */
export interface DiskCapDeps {
  /** The data directory. */
  readonly root: string;
  readonly capBytes: number;
  /** Makes ingest refuse what comes, or take it again. */
  readonly refuse: (error: IsothermErrorOptions | undefined) => Promise<void>;
  readonly logger: Logger;
}

/** Keeps the data directory within its cap: at it, ingest refuses rather than anything being deleted. */
export interface DiskCap {
  /** Looks now. @returns bytes used. */
  check(): Promise<number>;
  stop(): void;
}

const INTERVAL_MS = 20_000;
/** Once over the cap, ingest takes observations again below this share of it. */
const RESUME_SHARE = 0.95;

/** Starts watching. */
export function startDiskCap(deps: DiskCapDeps): DiskCap {
  const { root, capBytes, logger } = deps;
  let refusing = false;

  async function check(): Promise<number> {
    const usedBytes = await directoryBytes(root);
    const over = usedBytes >= capBytes * (refusing ? RESUME_SHARE : 1);
    if (over !== refusing) {
      refusing = over;
      await deps.refuse(over ? capReached(usedBytes, capBytes) : undefined);
      if (over)
        logger.warn(
          { usedBytes, capBytes, advice: 'Raise --disk-cap or free space in the data directory.' },
          'Disk cap was reached',
        );
      else logger.info({ usedBytes, capBytes }, 'Data directory is below its disk cap again');
    }
    return usedBytes;
  }

  const timer = setInterval(() => {
    check().catch((error: unknown) =>
      logger.warn({ err: error, advice: 'It is tried again.' }, 'Data directory could not be measured'),
    );
  }, INTERVAL_MS);
  return { check, stop: () => clearInterval(timer) };
}

function capReached(usedBytes: number, capBytes: number): IsothermErrorOptions {
  const gigabytes = (bytes: number) => `${(bytes / 1e9).toFixed(2)} GB`;
  return {
    code: 'RESOURCE_EXHAUSTED',
    id: 'DISK_CAP_REACHED',
    message: `The data directory holds ${gigabytes(usedBytes)} of at most ${gigabytes(capBytes)}; nothing was appended.`,
    advice: 'Raise --disk-cap, keep raw observations for a shorter time with --raw-retention, or free space.',
    retryAfterMs: 30_000,
    metadata: { setting: 'disk-cap' },
  };
}

/** Bytes on disk below a directory, as blocks allocated. Files that go away meanwhile count nothing. */
async function directoryBytes(path: string): Promise<number> {
  const entries = await readdir(path, { withFileTypes: true }).catch(() => []);
  let bytes = 0;
  for (const entry of entries) {
    const at = join(path, entry.name);
    if (entry.isDirectory()) bytes += await directoryBytes(at);
    else
      bytes += await lstat(at).then(
        ({ blocks }) => blocks * 512,
        () => 0,
      );
  }
  return bytes;
}
