import { existsSync, mkdirSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { type Runtime, systemRuntime } from '@isotherm/runtime';
import { createDurableFiles } from '@isotherm/runtime/files';
import { IsothermError } from '@isotherm/service-kit';
import { createDiskReserve } from '../disk-reserve.ts';
import { createIncarnation } from '../incarnation.ts';
import { logOpenFailed } from '../log-errors.ts';
import type { ClockStep } from '../stamp-clock.ts';
import { type CommitStore, openCommitStore } from './commit-store.ts';
import {
  createFlushBuffer,
  createFlushPublisher,
  createPolledFlushState,
  createSharedFlushState,
} from './flush-state.ts';
import type { LmdbLog } from './lmdb-log.ts';
import { type LogFacts, newLogFacts, readLogFacts } from './log-facts.ts';
import { readLogOver, writeLogOver } from './log-over-store.ts';
import { verifyLogFile } from './verify-file.ts';
import { checkWriterFree, currentProcess, endOfClaim, WRITER_FACT, type WriterClaim } from './writer-claim.ts';

const MARK_FILE = 'published';
const SMALLEST_MAP_BYTES = 16 * 2 ** 30;

/** Options of {@link openLmdbLog}. */
export interface LmdbLogOptions {
  /** The log's directory; a writer makes it if need be. */
  readonly path: string;
  /** Partitions of a new log; of an existing one it must be the number it has. */
  readonly partitionCount: number;
  /**
   * Settings of a new log, see `LogAdmin.settings`; they are written by the transaction that makes it. Default none. An
   * existing log has its own.
   */
  readonly settings?: Uint8Array;
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
  /**
   * Bytes that stay free on the log's disk; an append that would take them rejects with LOG_DISK_LOW. Default 0: none,
   * and an append that meets a full disk fences the log.
   */
  readonly diskReserveBytes?: number;
  /**
   * Whether to take over from a writer of this very process that did not close the log. Only for who knows that it is
   * gone: the owner of its thread, after that has ended. Default false.
   */
  readonly takeOver?: boolean;
  /** Called once if a write or sync fails; the process is expected to exit. Default does nothing. */
  readonly onFenced?: (error: Error) => void;
  /** Told when the clock of the append stamps does not go on evenly. Default does nothing. */
  readonly onClockStep?: (step: ClockStep) => void;
  /** Clock, timers and chance; the incarnation of a new log is made of them. Default the system's. */
  readonly runtime?: Runtime;
}

/**
 * Opens the log in a directory, or makes one.
 *
 * @throws LOG_DIRECTORY_IN_USE if another process writes to it, LOG_FORMAT, LOG_PARTITION_COUNT, and for a reader
 * LOG_NOT_FOUND if nobody made it yet.
 */
export async function openLmdbLog(options: LmdbLogOptions): Promise<LmdbLog> {
  try {
    return await (options.mode === 'writer' ? openWriter(options) : openReader(options));
  } catch (error) {
    throw error instanceof IsothermError ? error : logOpenFailed(options.path, error);
  }
}

async function openWriter(options: LmdbLogOptions): Promise<LmdbLog> {
  mkdirSync(options.path, { recursive: true });
  verifyLogFile(options.path);
  const maxBytes = options.maxBytes ?? Number.POSITIVE_INFINITY;
  const { runtime = systemRuntime } = options;
  const claim: WriterClaim = { ...currentProcess(), id: runtime.uniqueId() };
  const endedBy = endOfClaim(claim.id);
  const store = openCommitStore(options.path, { readOnly: false, mapBytes: mapBytes(maxBytes), endedBy });
  let release = () => {};
  try {
    const facts = claimLog(store, claim, options);
    release = () => releaseClaim(store, claim);
    store.refresh();
    const log = await writeLogOver({
      store,
      facts,
      path: options.path,
      diskReserve: createDiskReserve({ path: options.path, diskReserveBytes: options.diskReserveBytes }),
      flush: createFlushPublisher(join(options.path, MARK_FILE), options.flushState ?? createFlushBuffer()),
      maxBytes,
      maxPendingBytes: options.maxPendingBytes ?? 256 << 20,
      onFenced: options.onFenced ?? (() => {}),
      onClockStep: options.onClockStep,
      runtime,
      release,
    });
    // LMDB syncs its file, and leaves the names of file and directory to whoever made them.
    const files = createDurableFiles();
    await files.makeDirectories(resolve(options.path));
    await files.syncDirectory(options.path);
    return log;
  } catch (error) {
    try {
      release();
    } finally {
      await store.close();
    }
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
    return readLogOver({ store, facts, flush, flushState, runtime: options.runtime ?? systemRuntime });
  } catch (error) {
    await store.close();
    throw error;
  }
}

/**
 * Takes the right to write and makes the log if there is none, in one transaction. A claim that was not given back ends
 * with it: its holder may live where this process cannot see it, with commits under way.
 */
function claimLog(store: CommitStore, claim: WriterClaim, options: LmdbLogOptions): LogFacts {
  const { path, partitionCount, runtime = systemRuntime } = options;
  store.changeFacts(() => {
    const existing = readLogFacts(store, path, partitionCount);
    const held = store.fact(WRITER_FACT);
    checkWriterFree(held, { path, takeOver: options.takeOver ?? false });
    const changes = new Map([[WRITER_FACT, JSON.stringify(claim)]]);
    if (held !== undefined) changes.set(endOfClaim((JSON.parse(held) as WriterClaim).id), claim.id);
    // A mark without a log tells of one that is gone.
    if (existing === undefined) rmSync(join(path, MARK_FILE), { force: true });
    const incarnation = createIncarnation(runtime.now(), Math.floor(runtime.random() * 0x1_0000));
    const settings = Buffer.from(options.settings ?? []).toString('base64');
    return existing === undefined ? changes.set(...newLogFacts({ incarnation, partitionCount, settings })) : changes;
  });
  return readLogFacts(store, path, partitionCount)!;
}

/** Releases the right to write if this process still holds it. */
function releaseClaim(store: CommitStore, claim: WriterClaim): void {
  const given = new Map([[WRITER_FACT, undefined]]);
  store.changeFacts(() => (store.fact(WRITER_FACT) === JSON.stringify(claim) ? given : new Map()));
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
