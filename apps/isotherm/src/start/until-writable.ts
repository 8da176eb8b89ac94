import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from '@isotherm/service-kit';
import { type Disk, systemDiskOf } from './free-space-watch.ts';

const LOOK_MS = 250;

/** What {@link untilWritable} needs. */
export interface UntilWritableDeps {
  readonly logger: Logger;
  /** Whether nobody waits any more. */
  readonly over: () => boolean;
  /** The disk of a directory. Default what the system says. */
  readonly diskOf?: (directory: string) => Promise<Disk>;
}

/** Resolves when so many bytes can be written to the directory's disk, or nobody waits any more. Says once that it waits. */
export async function untilWritable(directory: string, wantedBytes: number, deps: UntilWritableDeps): Promise<void> {
  const { logger, over, diskOf = systemDiskOf } = deps;
  for (let looks = 0; !over(); looks++) {
    const { freeBytes } = await diskOf(directory);
    if (freeBytes >= wantedBytes) return;
    if (looks === 0) {
      const advice =
        'Free space there: it goes on by itself. Ingest and hot reads go on meanwhile, the log keeps the rest.';
      logger.error({ directory, freeBytes, wantedBytes, advice }, 'The disk is too full to open the analytical store');
    }
    await sleep(LOOK_MS);
  }
}
