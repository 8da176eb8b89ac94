import { type Calls, IsothermError, type Logger } from '@isotherm/service-kit';
import type { ComputeCalls } from '../threads/compute-thread.ts';
import type { IngestCalls } from '../threads/ingest-thread.ts';

/** Whom retention asks, and whom it tells. */
export interface RetentionDeps {
  readonly ingest: Calls<IngestCalls>;
  readonly shards: readonly Calls<ComputeCalls>[];
  readonly logger: Logger;
}

/** How often the log is trimmed. */
const INTERVAL_MS = 15_000;
/** The first time comes early, so that the log of a process that never lives long does not grow for ever. */
const FIRST_AFTER_MS = 3_000;

/** Drops from the log what neither checkpoints nor the sink cursors need any more. */
export function startRetention(deps: RetentionDeps): { stop(): void } {
  const pass = () => {
    trim(deps).catch((error: unknown) => {
      if (error instanceof IsothermError && error.id === 'WORKER_UNAVAILABLE') return;
      deps.logger.warn({ err: error, advice: 'It is tried again.' }, 'Log could not be trimmed');
    });
  };
  const first = setTimeout(pass, FIRST_AFTER_MS);
  const timer = setInterval(pass, INTERVAL_MS);
  return {
    stop() {
      clearTimeout(first);
      clearInterval(timer);
    },
  };
}

async function trim({ ingest, shards }: RetentionDeps): Promise<void> {
  // What a shard that is away still needs is not known: then nothing is dropped.
  const floors = await Promise.all(shards.map((shard) => shard.call('retentionFloors', undefined)));
  await ingest.call('trim', new Map(floors.flatMap((floor) => [...floor])));
}
