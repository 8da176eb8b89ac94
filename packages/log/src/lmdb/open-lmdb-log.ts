import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { IsothermError } from '@isotherm/service-kit';
import { createIncarnation } from '../incarnation.ts';
import { type CommitStore, openCommitStore } from './commit-store.ts';
import {
  createFlushBuffer,
  createFlushPublisher,
  createPolledFlushState,
  createSharedFlushState,
} from './flush-state.ts';
import { firstPoint } from './index-search.ts';
import { createLmdbLog, type LmdbLog } from './lmdb-log.ts';
import { dropCommitsBefore } from './lmdb-trim.ts';
import { createLmdbWriter } from './lmdb-writer.ts';
import { type LogFacts, newLogFacts, readLogFacts } from './log-facts.ts';
import { createVectorTracker } from './vector-tracker.ts';
import { checkWriterFree, currentProcess, WRITER_FACT } from './writer-claim.ts';

const MARK_FILE = 'published';
const SMALLEST_MAP_BYTES = 16 * 2 ** 30;

/** Options of {@link openLmdbLog}. */
export interface LmdbLogOptions {
  /** The log's directory; a writer makes it if need be. */
  readonly path: string;
  /** Partitions of a new log; of an existing one it must be the number it has. */
  readonly partitionCount: number;
  /** `writer`: the one who appends. `reader`: reads only, beside the writer in this process or in another one. */
  readonly mode: 'writer' | 'reader';
  /**
   * Shared memory that tells what may be read and wakes readers: the same for the writer and the readers of a process.
   * Default for a writer: new, see `LmdbLog.flushState`. A reader without it is of another process and looks every
   * few milliseconds.
   */
  readonly flushState?: SharedArrayBuffer;
  /**
   * Disk space records may take; an append past it rejects with LOG_FULL. The file is up to some percent larger and
   * never shrinks: the space of dropped records is used again. Default no limit.
   */
  readonly maxBytes?: number;
  /** Bytes that may wait for the disk; an append past it rejects with LOG_BUSY. Default 256 MiB. */
  readonly maxPendingBytes?: number;
  /** Called once if a write or sync fails; the process is expected to exit. Default does nothing. */
  readonly onFenced?: (error: Error) => void;
  /** Milliseconds since the epoch, for the incarnation of a new log. Default the system's clock. */
  readonly nowMs?: () => number;
  /** 0 ≤ value < 1, for the incarnation of a new log. Default Math.random. */
  readonly random?: () => number;
}

/**
 * Opens the log in a directory, or makes one.
 *
 * @throws LOG_DIRECTORY_IN_USE if another process writes to it, LOG_FORMAT_NEWER, LOG_PARTITION_COUNT, and for a reader
 * LOG_NOT_FOUND if nobody made it yet.
 */
export async function openLmdbLog(options: LmdbLogOptions): Promise<LmdbLog> {
  return options.mode === 'writer' ? openWriter(options) : openReader(options);
}

async function openWriter(options: LmdbLogOptions): Promise<LmdbLog> {
  mkdirSync(options.path, { recursive: true });
  const maxBytes = options.maxBytes ?? Number.POSITIVE_INFINITY;
  const store = openCommitStore(options.path, { readOnly: false, mapBytes: mapBytes(maxBytes) });
  try {
    const facts = claimLog(store, options);
    const { partitionCount } = facts;
    const start = firstPoint(store, partitionCount);
    await dropCommitsBefore(store, start?.sequence ?? 0);
    const sequence = (store.lastCommit() ?? -1) + 1;
    const tracker = createVectorTracker(store, partitionCount, { skipLost: true });
    const vector = tracker.at(sequence);
    const indexFirst = tracker.lostCommits.length > 0;
    store.refresh();
    const flushState = options.flushState ?? createFlushBuffer();
    const flush = createFlushPublisher(join(options.path, MARK_FILE), flushState);
    // What is found was synced when it was written, or is now, by the transaction that took the claim.
    flush.publish(sequence);
    const writer = createLmdbWriter(store, flush, {
      sequence,
      vector,
      indexFirst,
      maxBytes,
      maxPendingBytes: options.maxPendingBytes ?? 256 << 20,
      onFenced: options.onFenced ?? (() => {}),
    });
    writer.startAt(start?.vector.bytes ?? 0);
    const release = () => store.changeFacts(() => new Map([[WRITER_FACT, undefined]]));
    return createLmdbLog({ store, facts, flush, flushState, writer, release });
  } catch (error) {
    await store.close();
    throw error;
  }
}

async function openReader(options: LmdbLogOptions): Promise<LmdbLog> {
  const markPath = join(options.path, MARK_FILE);
  if (!existsSync(markPath)) throw logNotFound(options.path);
  const store = openCommitStore(options.path, { readOnly: true, mapBytes: mapBytes(Number.POSITIVE_INFINITY) });
  try {
    const facts = readLogFacts(store, options.path, options.partitionCount);
    store.refresh();
    if (facts === undefined) throw logNotFound(options.path);
    const { flushState } = options;
    const flush = flushState ? createSharedFlushState(flushState) : createPolledFlushState(markPath);
    return createLmdbLog({ store, facts, flush, flushState, writer: undefined, release: () => {} });
  } catch (error) {
    await store.close();
    throw error;
  }
}

/** Takes the right to write and makes the log if there is none, in one transaction. */
function claimLog(store: CommitStore, options: LmdbLogOptions): LogFacts {
  const { path, partitionCount, nowMs = Date.now, random = Math.random } = options;
  store.changeFacts(() => {
    const existing = readLogFacts(store, path, partitionCount);
    checkWriterFree(store.fact(WRITER_FACT), path);
    const changes = new Map([[WRITER_FACT, JSON.stringify(currentProcess())]]);
    const incarnation = createIncarnation(nowMs(), Math.floor(random() * 0x1_0000));
    return existing === undefined ? changes.set(...newLogFacts(incarnation, partitionCount)) : changes;
  });
  return readLogFacts(store, path, partitionCount)!;
}

function mapBytes(maxBytes: number): number {
  return Number.isFinite(maxBytes) ? Math.max(SMALLEST_MAP_BYTES, 2 * maxBytes) : 4 * SMALLEST_MAP_BYTES;
}

function logNotFound(path: string): IsothermError {
  return new IsothermError({
    code: 'NOT_FOUND',
    id: 'LOG_NOT_FOUND',
    message: `There is no log in ${path}.`,
    advice: 'Start the process that writes it first, or choose another data directory.',
    metadata: { path },
  });
}
