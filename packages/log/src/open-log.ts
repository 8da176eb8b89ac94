import { IsothermError } from '@isotherm/service-kit';
import type { Config } from '@isotherm/service-kit/config';
import { openLmdbLog } from './lmdb/open-lmdb-log.ts';
import type { Log } from './log.ts';

/** How to open the log that a configuration names. */
export interface OpenLogOptions {
  /** Partitions of a new log; of an existing one it must be the number it has. */
  readonly partitionCount: number;
  /** `writer`: appends, and makes the log where there is none. `reader`: reads, beside writers in other processes. */
  readonly mode: 'writer' | 'reader';
  /** Settings of a new log, see `LogAdmin.settings`. Default none. */
  readonly settings?: Uint8Array;
  /** Memory that the threads of a process share, see `LmdbLogOptions.flushState`. Default none: other processes write. */
  readonly flushState?: SharedArrayBuffer;
  /** Whether a thread of this process wrote before and has ended without closing the log. Default false. */
  readonly takeOver?: boolean;
  /** Called once if a write fails for good; the process is expected to exit. Default does nothing. */
  readonly onFenced?: (error: Error) => void;
}

/** Opens the log of a configuration's `log` section. @throws LOG_NOT_FOUND for a reader where nobody made it yet */
export async function openLog(config: NonNullable<Config['log']>, options: OpenLogOptions): Promise<Log> {
  const { embedded } = config;
  const { partitionCount, mode, settings, flushState, takeOver = false, onFenced } = options;
  if (embedded === undefined) throw kafkaMissing();
  return await openLmdbLog({
    path: embedded.directory,
    partitionCount,
    mode,
    succeed: takeOver,
    ...(settings !== undefined && { settings }),
    ...(flushState !== undefined && { flushState }),
    ...(onFenced !== undefined && { onFenced }),
    ...(mode === 'writer' && { maxBytes: embedded.maxBytes, minFreeBytes: embedded.diskReserveBytes }),
  });
}

function kafkaMissing(): IsothermError {
  return new IsothermError({
    code: 'UNIMPLEMENTED',
    id: 'LOG_KAFKA_MISSING',
    message: 'This build has no adapter for log.kafka.',
    advice: 'Use log.embedded.',
    metadata: { setting: 'log.kafka' },
  });
}
