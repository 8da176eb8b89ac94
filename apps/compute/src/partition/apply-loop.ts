import type { LogBatch, LogEntry, LogReader } from '@isotherm/log';
import { createRecordReader } from '@isotherm/records';
import type { Runtime } from '@isotherm/runtime';
import type { Logger } from '@isotherm/service-kit';
import { createAssignments } from './assignments.ts';
import { type HeldPartition, takesRecords } from './held-partition.ts';
import type { PartitionTable } from './partition-table.ts';
import { traceApply } from './span-links.ts';

/** A record that was applied. */
export interface AppliedRecord {
  /** The log's stamp, ms since the epoch. */
  readonly appendMs: number;
  readonly isObservations: boolean;
}

/** What applying needs. */
export interface ApplyLoopDeps {
  readonly reader: LogReader;
  readonly table: PartitionTable;
  readonly logger: Logger;
  readonly runtime: Runtime;
  /** Stores rows until the partition can reuse its panes. Waits as long as the analytical store is away. */
  makeRoom(held: HeldPartition, signal: AbortSignal): Promise<void>;
  /** Told after each record. */
  applied(held: HeldPartition, record: AppliedRecord): void;
  /** The log of a partition cannot be read, or not any further. */
  halted(held: HeldPartition, error: unknown): void;
}

/** Bytes applied before reads get their turn: some milliseconds of work. */
const BYTES_PER_TURN = 1 << 18;
/** Pause before a log that did not answer is asked again. */
const RETRY_MS = 500;

/**
 * Applies the log's records to the states of partitions that are followed or owned, until the signal aborts. A damaged or
 * poisonous record is skipped, loudly.
 */
export async function runApplyLoop(deps: ApplyLoopDeps, signal: AbortSignal): Promise<void> {
  const { reader, table, runtime } = deps;
  const records = createRecordReader();
  const assignments = createAssignments({
    reader,
    position: ({ state }) => state.appliedOffset,
    failed: deps.halted,
  });
  let syncedVersion = -1;
  let wake = new AbortController();
  let until = AbortSignal.any([signal, wake.signal]);
  const stop = table.onChange(() => wake.abort());

  async function sync(): Promise<void> {
    if (wake.signal.aborted) {
      wake = new AbortController();
      until = AbortSignal.any([signal, wake.signal]);
    }
    const { version } = table;
    if (version === syncedVersion) return;
    const all = await assignments.sync(table.inPhase('following', 'owning').filter(takesRecords));
    if (all) syncedVersion = version;
    else runtime.after(RETRY_MS, () => wake.abort());
  }

  async function apply(batch: LogBatch): Promise<void> {
    for (const { partition, offset, reason } of batch.corruptions) {
      const held = assignments.get(partition);
      if (held !== undefined && takesRecords(held)) skip(deps, held, offset, reason);
    }
    for (const entry of batch.entries) {
      // It may have left since, and even have come back.
      const held = assignments.get(entry.partition);
      if (held === undefined || !takesRecords(held) || entry.offset < held.state.appliedOffset) continue;
      const startMs = runtime.monotonicMs();
      if (entry.offset === held.state.appliedOffset) await applyEntry(deps, held, entry, records, signal);
      held.busyMs += runtime.monotonicMs() - startMs;
      if (signal.aborted) return;
      if (held.state.appliedOffset > entry.offset) continue;
      // It was not applied: it is read again once the partition takes records.
      assignments.restart(entry.partition);
      syncedVersion = -1;
    }
    for (const { partition, error } of batch.halted) assignments.halted(partition, error);
  }

  try {
    while (!signal.aborted) {
      await sync();
      await apply(await reader.poll({ maxBytes: BYTES_PER_TURN, signal: until }));
      await runtime.nextTurn();
    }
  } finally {
    stop();
  }
}

async function applyEntry(
  deps: ApplyLoopDeps,
  held: HeldPartition,
  entry: LogEntry,
  records: ReturnType<typeof createRecordReader>,
  signal: AbortSignal,
): Promise<void> {
  let isObservations: boolean;
  try {
    const record = records.decode(entry.bytes);
    isObservations = record.kind === 'observations';
    let done = traceApply(held.spanLinks, record, () => held.state.apply(entry, record));
    while (!done && !signal.aborted) {
      await deps.makeRoom(held, signal);
      // Meanwhile it may have been released, or a follower may have to wait: then the record is read again later.
      if (!takesRecords(held)) return;
      done = held.state.apply(entry, record);
    }
    if (!done) return;
  } catch (error) {
    if (signal.aborted) return;
    skip(deps, held, entry.offset, error instanceof Error ? error.message : String(error));
    return;
  }
  deps.applied(held, { appendMs: entry.appendMs, isObservations });
}

function skip(deps: ApplyLoopDeps, held: HeldPartition, offset: number, reason: string): void {
  if (offset < held.state.appliedOffset) return;
  deps.logger.error(
    { partition: held.partition, offset, reason, advice: 'It is kept as a dead letter; the partition goes on.' },
    'Record could not be applied',
  );
  held.state.skip(offset, reason);
  held.poisoned++;
  deps.applied(held, { appendMs: held.state.logTimeMs, isObservations: false });
}
