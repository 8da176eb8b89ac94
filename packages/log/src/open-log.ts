import { IsothermError } from '@isotherm/service-kit';
import type { Config } from '@isotherm/service-kit/config';
import type { ClusterObjectStore } from './kafka/cluster-object.ts';
import { type LmdbLogOptions, openLmdbLog } from './lmdb/open-lmdb-log.ts';
import type { Log } from './log.ts';
import { logMisuse } from './log-errors.ts';

/** How to open the log that a configuration names. */
export type OpenLogOptions = CommonOptions & (AsWriter | AsReader);

/** Appends, and makes the log where there is none. */
interface AsWriter {
  readonly mode: 'writer';
  /** Settings of a new log, see `LogAdmin.settings`: written by the very transaction that makes it. */
  readonly settings: Uint8Array;
}

/** Reads, beside writers in other processes. */
interface AsReader {
  readonly mode: 'reader';
  readonly settings?: undefined;
}

interface CommonOptions {
  /** Partitions of a new log; of an existing one it must be the number it has. */
  readonly partitionCount: number;
  /** Blobs of the checkpoint store: where a log on Kafka has its identity. */
  readonly store?: ClusterObjectStore;
  /** Memory that the threads of a process share, see `LmdbLogOptions.flushState`. Default none: other processes write. */
  readonly flushState?: SharedArrayBuffer;
  /** Whether a thread of this process wrote before and has ended without closing the log. Default false. */
  readonly takeOver?: boolean;
  /** Called when the clock that stamps an embedded log is uneven. Default does nothing. */
  readonly onClockStep?: LmdbLogOptions['onClockStep'];
  /** Called once if a write fails for good; the process is expected to exit. Default does nothing. */
  readonly onFenced?: (error: Error) => void;
}

/** Opens the log of a configuration's `log` section. @throws LOG_NOT_FOUND for a reader where nobody made it yet */
export async function openLog(config: NonNullable<Config['log']>, options: OpenLogOptions): Promise<Log> {
  const { embedded, kafka } = config;
  const { partitionCount, mode, settings, store, flushState, takeOver = false, onFenced, onClockStep } = options;
  if (kafka !== undefined) {
    if (store === undefined) throw logMisuse('A log on Kafka needs the blobs of the checkpoint store');
    const [{ openKafkaLog }, { readClusterObject }] = await Promise.all([
      import('./kafka/open-kafka-log.ts'),
      import('./kafka/cluster-object.ts'),
    ]);
    if (mode === 'reader' && (await readClusterObject(store)) === undefined) throw notMadeYet(kafka.topic.name);
    const { tls, authentication, ...place } = kafka;
    return await openKafkaLog({
      ...place,
      partitionCount,
      store,
      ...(tls !== undefined && { tls }),
      ...(authentication !== undefined && { authentication }),
      ...(settings !== undefined && { settings }),
    });
  }
  return await openLmdbLog({
    path: embedded!.directory,
    partitionCount,
    mode,
    takeOver,
    ...(settings !== undefined && { settings }),
    ...(flushState !== undefined && { flushState }),
    ...(onFenced !== undefined && { onFenced }),
    ...(onClockStep !== undefined && { onClockStep }),
    ...(mode === 'writer' && { maxBytes: embedded!.maxBytes, diskReserveBytes: embedded!.diskReserveBytes }),
  });
}

function notMadeYet(topic: string): IsothermError {
  return new IsothermError({
    code: 'NOT_FOUND',
    id: 'LOG_NOT_FOUND',
    message: `No ingest has made the log on Kafka yet (topic ${topic}).`,
    advice: 'Start ingest, which makes it.',
    metadata: { topic },
  });
}
