import type { LogEntry, LogReader } from '@isotherm/log';
import { createRecordReader } from '@isotherm/records';
import type { Runtime } from '@isotherm/runtime';
import type { Logger } from '@isotherm/service-kit';
import type { PartitionRuntime } from './partition-runtime.ts';
import { traceApply } from './trace-trail.ts';

/** A record that was applied. */
export interface AppliedRecord {
  /** The log's stamp, ms since the epoch. */
  readonly appendMs: number;
  readonly isObservations: boolean;
}

/** What applying needs. */
export interface ApplyLoopDeps {
  readonly reader: LogReader;
  readonly runtimes: ReadonlyMap<number, PartitionRuntime>;
  readonly logger: Logger;
  readonly runtime: Runtime;
  /** Stores rows until the partition can reuse its panes. Waits as long as the analytical store is away. */
  makeRoom(runtime: PartitionRuntime, signal: AbortSignal): Promise<void>;
  /** Told after each record. */
  applied(runtime: PartitionRuntime, record: AppliedRecord): void;
}

/** Bytes applied before reads get their turn: some milliseconds of work. */
const BYTES_PER_TURN = 1 << 18;

/** Applies the log's records to the partitions' states until the signal aborts. A damaged or poisonous record is passed over, loudly. */
export async function runApplyLoop(deps: ApplyLoopDeps, signal: AbortSignal): Promise<void> {
  const records = createRecordReader();
  while (!signal.aborted) {
    const batch = await deps.reader.poll({ maxBytes: BYTES_PER_TURN, signal });
    // The reader reads the shard's partitions.
    for (const { partition, offset, reason } of batch.corruptions) {
      passOver(deps, deps.runtimes.get(partition)!, offset, reason);
    }
    for (const entry of batch.entries) {
      const runtime = deps.runtimes.get(entry.partition)!;
      if (entry.offset < runtime.state.appliedOffset) continue;
      await applyEntry(deps, runtime, entry, records, signal);
      if (signal.aborted) return;
    }
    for (const { error } of batch.halted) throw error;
    await deps.runtime.nextTurn();
  }
}

async function applyEntry(
  deps: ApplyLoopDeps,
  runtime: PartitionRuntime,
  entry: LogEntry,
  records: ReturnType<typeof createRecordReader>,
  signal: AbortSignal,
): Promise<void> {
  let isObservations: boolean;
  try {
    const record = records.decode(entry.bytes);
    isObservations = record.kind === 'observations';
    let done = traceApply(runtime.trail, record, () => runtime.state.apply(entry, record));
    while (!done && !signal.aborted) {
      await deps.makeRoom(runtime, signal);
      done = runtime.state.apply(entry, record);
    }
    if (!done) return;
  } catch (error) {
    if (signal.aborted) return;
    passOver(deps, runtime, entry.offset, error instanceof Error ? error.message : String(error));
    return;
  }
  deps.applied(runtime, { appendMs: entry.appendMs, isObservations });
}

function passOver(deps: ApplyLoopDeps, runtime: PartitionRuntime, offset: number, reason: string): void {
  if (offset < runtime.state.appliedOffset) return;
  deps.logger.error(
    { partition: runtime.partition, offset, reason, advice: 'It is kept as a dead letter; the partition goes on.' },
    'Record could not be applied',
  );
  runtime.state.skip(offset, reason);
  runtime.poisoned++;
  deps.applied(runtime, { appendMs: runtime.state.logTimeMs, isObservations: false });
}
