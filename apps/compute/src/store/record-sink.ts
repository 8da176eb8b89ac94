import type { AnalyticsStore, DeadLetter, DeadLetterOutcome, RawRows } from '@isotherm/analytics';
import type { Exception, RetryOptions } from '@isotherm/domain';
import type { Log, LogEntry, LogReader } from '@isotherm/log';
import { createRecordReader, type LogRecord } from '@isotherm/records';
import type { Runtime } from '@isotherm/runtime';
import type { Logger } from '@isotherm/service-kit';
import { type Assignments, createAssignments } from '../partition/assignments.ts';
import type { HeldPartition } from '../partition/held-partition.ts';
import type { OffsetWaiters } from '../partition/offset-waiters.ts';
import type { PartitionTable } from '../partition/partition-table.ts';
import { deadLettersOf } from './dead-letter-source.ts';
import { createRawRowsBuilder, type RawRowsBuilder } from './raw-rows-builder.ts';
import { replayOutcomesOf } from './replay-outcomes.ts';
import type { ResultPublisher } from './result-publisher.ts';

/** What the sink needs. */
export interface RecordSinkDeps {
  readonly log: Log;
  readonly analytics: AnalyticsStore;
  /** Gives letters that are stored to others. Default nobody. */
  readonly publisher?: Pick<ResultPublisher, 'deadLetters'> | undefined;
  readonly table: PartitionTable;
  readonly waiters: OffsetWaiters;
  /** Told how far records are stored. */
  readonly recordWaiters: OffsetWaiters;
  readonly logger: Logger;
  readonly runtime: Runtime;
  /** Whether records can wait because the shard is catching up. */
  readonly shouldDefer: () => boolean;
  /** The log of a partition cannot be read where its cursor stands, or not any further. */
  halted(held: HeldPartition, error: unknown): void;
}

/** Options of {@link createRecordSink}. */
export interface RecordSinkOptions {
  /** Whether raw observations are stored too. Default true. */
  readonly storeRaw: boolean;
  /** Time between two rounds in ms. Default 1,000. */
  readonly intervalMs: number;
  /** Raw rows of one insert, about. Default 262,144. */
  readonly rowsPerInsert: number;
  /** Letters and outcomes of one insert, about. Default 10,000. */
  readonly lettersPerInsert: number;
  /** When a letter that failed again is tried once more. */
  readonly retry: RetryOptions;
}

/** Rows, letters and what replays made of letters, gathered for one write, and how far each partition's cursor may move once they are stored. */
interface Gathered {
  raw: RawRows[];
  readonly letters: DeadLetter[];
  readonly outcomes: DeadLetterOutcome[];
  readonly cursors: Map<HeldPartition, number>;
  rows: number;
}

/** Bytes read from the log at a time. */
const BYTES_PER_POLL = 4 << 20;
/** Longest pause after a failed write in ms. */
const MAX_PAUSE_MS = 10_000;

/**
 * Stores what is kept record by record: dead letters, what replays made of them, and raw observations. It reads the log a second time, behind
 * the state, so that an analytical store that is away costs a cursor and no memory.
 */
export interface RecordSink {
  /** Runs until the signal aborts. */
  run(signal: AbortSignal): Promise<void>;
}

/** Creates the sink over the partitions that the shard owns. */
export function createRecordSink(deps: RecordSinkDeps, options: RecordSinkOptions): RecordSink {
  const records = createRecordReader();
  const builders = new Map<number, RawRowsBuilder>();
  let failing = false;

  function builderOf(partition: number): RawRowsBuilder {
    let builder = builders.get(partition);
    if (builder === undefined) {
      builder = createRawRowsBuilder(partition);
      builders.set(partition, builder);
    }
    return builder;
  }

  function decoded(bytes: Uint8Array): LogRecord | undefined {
    try {
      return records.decode(bytes);
    } catch {
      return undefined;
    }
  }

  function isFull({ rows, letters, outcomes }: Gathered): boolean {
    return rows >= options.rowsPerInsert || letters.length + outcomes.length >= options.lettersPerInsert;
  }

  async function store(gathered: Gathered): Promise<void> {
    const origin = { incarnation: deps.log.incarnation };
    if (gathered.raw.length > 0) await deps.analytics.writeRawRows(origin, gathered.raw);
    if (gathered.letters.length > 0) {
      await deps.analytics.writeDeadLetters(origin, gathered.letters);
      await deps.publisher?.deadLetters(origin, gathered.letters);
    }
    if (gathered.outcomes.length > 0) await deps.analytics.writeDeadLetterOutcomes(origin, gathered.outcomes);
    for (const [held, cursor] of gathered.cursors) {
      held.sinkCursor = cursor;
      deps.recordWaiters.advanced(held.partition, cursor);
      held.state.forgetExceptions(cursor);
    }
  }

  function gatherRecord(
    gathered: Gathered,
    held: HeldPartition,
    { offset, entry }: { readonly offset: number; readonly entry: LogEntry | undefined },
    exceptions: readonly Exception[],
  ): void {
    const { partition } = held;
    gathered.cursors.set(held, offset + 1);
    const record = entry === undefined ? undefined : decoded(entry.bytes);
    const appendMs = entry?.appendMs ?? 0;
    const replay = record?.kind === 'observations' ? record.replay : undefined;
    if (record?.kind === 'observations' && replay !== undefined) {
      const source = { partition, offset, appendMs, record, letters: replay, exceptions };
      gathered.outcomes.push(...replayOutcomesOf(source, options.retry));
    } else if (exceptions.length > 0) {
      gathered.letters.push(...deadLettersOf({ partition, offset, appendMs, record, bytes: entry?.bytes, exceptions }));
    }
    if (!options.storeRaw || record?.kind !== 'observations') return;
    const builder = builderOf(partition);
    const before = builder.rowCount;
    builder.add({ offset, appendMs, record, exceptions });
    gathered.rows += builder.rowCount - before;
  }

  /** Without raw rows only records with exceptions matter. */
  async function gatherExceptions(): Promise<Gathered> {
    const gathered = nothing();
    for (const held of deps.table.inPhase('owning')) {
      const applied = held.state.appliedOffset;
      for (const [offset, exceptions] of byOffset(held.state.exceptions(applied))) {
        const entry = await deps.log.readAt(held.partition, offset);
        if (entry === undefined && (await isTrimmed(held.partition, offset))) continue;
        gatherRecord(gathered, held, { offset, entry }, exceptions);
        if (isFull(gathered)) return gathered;
      }
      gathered.cursors.set(held, applied);
    }
    return gathered;
  }

  /** The log is trimmed up to what a newer owner has stored: letters made without their record would replace its letters. */
  async function isTrimmed(partition: number, offset: number): Promise<boolean> {
    const extent = (await deps.log.extents([partition])).get(partition);
    return extent !== undefined && offset < extent.start;
  }

  async function gatherAll(reader: LogReader, assignments: Assignments, signal: AbortSignal): Promise<Gathered> {
    await assignments.sync(deps.table.inPhase('owning'));
    const gathered = nothing();
    while (!isFull(gathered) && !signal.aborted) {
      const { entries, corruptions, halted } = await reader.poll({ maxBytes: BYTES_PER_POLL, waitMs: 0, signal });
      for (const { partition, error } of halted) assignments.halted(partition, error);
      const items = [
        ...entries.map((entry) => ({ ...entry, entry })),
        ...corruptions.map((where) => ({ ...where, entry: undefined })),
      ];
      if (items.length === 0) break;
      for (const { partition, offset, entry } of items) {
        // What the reader reads is assigned.
        const held = assignments.get(partition)!;
        if (!(await isApplied(held, offset, signal))) continue;
        gatherRecord(gathered, held, { offset, entry }, held.state.exceptions(offset + 1, offset));
      }
      await deps.runtime.nextTurn();
    }
    gathered.raw = [...builders.values()].filter(({ rowCount }) => rowCount > 0).map((builder) => builder.take());
    return gathered;
  }

  /** Waits until the record is applied. @returns whether it is: not where the partition leaves the shard before. */
  async function isApplied(held: HeldPartition, offset: number, signal: AbortSignal): Promise<boolean> {
    if (held.phase !== 'owning') return false;
    try {
      await deps.waiters.wait(held.partition, offset + 1, signal);
    } catch (error) {
      if (signal.aborted) throw error;
    }
    return held.phase === 'owning' && held.state.appliedOffset > offset;
  }

  /** Retries one write until it succeeds, so that a cursor never passes what is not stored. */
  async function storeUntilDone(gathered: Gathered, signal: AbortSignal): Promise<void> {
    for (let pauseMs = options.intervalMs; !signal.aborted; pauseMs = Math.min(MAX_PAUSE_MS, pauseMs * 2)) {
      try {
        await store(gathered);
        failing = false;
        return;
      } catch (error) {
        if (!failing) {
          deps.logger.warn(
            { err: error, advice: 'They wait in the log; check the analytical store.' },
            'Raw rows could not be stored',
          );
        }
        failing = true;
        await deps.runtime.sleep(pauseMs, signal);
      }
    }
  }

  return {
    async run(signal) {
      await using reader = options.storeRaw ? await deps.log.openReader() : undefined;
      const assignments =
        reader && createAssignments({ reader, position: ({ sinkCursor }) => sinkCursor, failed: deps.halted });
      while (!signal.aborted) {
        if (deps.shouldDefer()) {
          await deps.runtime.sleep(options.intervalMs, signal);
          continue;
        }
        const gathered =
          reader === undefined || assignments === undefined
            ? await gatherExceptions()
            : await gatherAll(reader, assignments, signal);
        await storeUntilDone(gathered, signal);
        if (!isFull(gathered)) await deps.runtime.sleep(options.intervalMs, signal);
      }
    },
  };
}

function nothing(): Gathered {
  return { raw: [], letters: [], outcomes: [], cursors: new Map(), rows: 0 };
}

function byOffset(exceptions: readonly Exception[]): Map<number, Exception[]> {
  const grouped = new Map<number, Exception[]>();
  for (const exception of exceptions) {
    const group = grouped.get(exception.offset);
    if (group === undefined) grouped.set(exception.offset, [exception]);
    else group.push(exception);
  }
  return grouped;
}
