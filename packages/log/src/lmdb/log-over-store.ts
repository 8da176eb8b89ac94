import type { Runtime } from '@isotherm/runtime';
import type { DiskReserve } from '../disk-reserve.ts';
import { type ClockStep, createStampClock } from '../stamp-clock.ts';
import type { CommitStore } from './commit-store.ts';
import type { FlushPublisher, FlushState } from './flush-state.ts';
import { firstPoint } from './index-search.ts';
import { createLmdbLog, type LmdbLog } from './lmdb-log.ts';
import { dropCommitsBefore } from './lmdb-trim.ts';
import { createLmdbWriter } from './lmdb-writer.ts';
import type { LogFacts } from './log-facts.ts';
import { createVectorTracker } from './vector-tracker.ts';

/** A database that this process has the right to write to, and where it tells what may be read. */
export interface WriterParts {
  /** The log's directory, as messages name it. Default no name. */
  readonly path?: string;
  readonly store: CommitStore;
  readonly facts: LogFacts;
  readonly flush: FlushPublisher;
  readonly maxBytes: number;
  readonly maxPendingBytes: number;
  /** What has to stay free on its disk. Default nothing. */
  readonly diskReserve?: DiskReserve;
  readonly onFenced: (error: Error) => void;
  readonly onClockStep?: ((step: ClockStep) => void) | undefined;
  readonly runtime: Runtime;
  /** Gives back the right to write. */
  readonly release: () => void;
}

/** Finds where a log ends and goes on from there. */
export async function writeLogOver(parts: WriterParts): Promise<LmdbLog> {
  const { store, facts, flush, maxBytes, maxPendingBytes, onFenced, runtime, release } = parts;
  const { partitionCount } = facts;
  const start = firstPoint(store, partitionCount);
  await dropCommitsBefore(store, start?.sequence ?? 0);
  const sequence = (store.lastCommit() ?? -1) + 1;
  const tracker = createVectorTracker(store, partitionCount, { skipLost: true });
  const vector = tracker.at(sequence);
  const indexFirst = tracker.lostAny;
  store.refresh();
  // What is found was synced when it was written, or is now, by the transaction that took the claim.
  flush.publish(sequence);
  const writer = createLmdbWriter(store, flush, {
    sequence,
    vector,
    indexFirst,
    maxBytes,
    maxPendingBytes,
    path: parts.path,
    diskReserve: parts.diskReserve,
    onFenced,
    nextStamp: createStampClock(vector.appendMs, {
      now: () => runtime.now(),
      monotonicMs: () => runtime.monotonicMs(),
      onStep: parts.onClockStep,
    }),
  });
  flush.onFailed?.((error) => writer.fence(error));
  writer.startAt(start?.vector.bytes ?? 0);
  return createLmdbLog({ store, facts, flush, flushState: flush.shared, writer, runtime, release });
}

/** Reads a log that somebody else writes. */
export function readLogOver(parts: {
  readonly store: CommitStore;
  readonly facts: LogFacts;
  readonly flush: FlushState;
  readonly flushState: SharedArrayBuffer | undefined;
  readonly runtime: Runtime;
}): LmdbLog {
  return createLmdbLog({ ...parts, writer: undefined, release: () => {} });
}
