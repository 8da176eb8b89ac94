import type { AnalyticsStore } from '@isotherm/analytics';
import type { PendingRows } from '@isotherm/domain';
import type { Runtime } from '@isotherm/runtime';
import type { Logger } from '@isotherm/service-kit';
import type { HeldPartition } from '../partition/held-partition.ts';
import type { PartitionTable } from '../partition/partition-table.ts';
import { type SpanLinks, traceWrite } from '../partition/span-links.ts';
import { createIssuedForecasts } from './issued-forecasts.ts';
import type { ResultPublisher } from './result-publisher.ts';
import { createSemaphore } from './semaphore.ts';

/** Writes under way at once: while the engine takes one, the next is encoded. */
const WRITES_IN_FLIGHT = 2;

/** Rows taken before reads get their turn: some milliseconds of work. */
const ROWS_PER_TURN = 8192;

/** What writing rows needs. */
export interface RowWriterDeps {
  readonly analytics: AnalyticsStore;
  /** Gives what is stored to others. Default nobody. */
  readonly publisher?: ResultPublisher | undefined;
  readonly incarnation: string;
  readonly table: PartitionTable;
  readonly logger: Logger;
  readonly runtime: Runtime;
}

/** Options of {@link createRowWriter}. */
export interface RowWriterOptions {
  /** Time between two writes in ms when there is little to write. Default 1,000. */
  readonly intervalMs: number;
  /** Rows of one insert, about. Default 131,072. */
  readonly rowsPerInsert: number;
  /** Longest pause after a failed write in ms. Default 10,000. */
  readonly maxBackoffMs: number;
}

/** Which rows to write. */
export interface FlushOptions {
  /** Whether panes still open are written as they stand. Default false. */
  readonly includeOpen?: boolean;
}

/** Rows taken from a partition, and what is known of how they came about. */
interface Gathered {
  readonly held: HeldPartition;
  readonly pending: PendingRows;
  readonly spanLinks: SpanLinks;
}

/** Stores closed panes as minute rows. State is the buffer: what is not stored stays there, at no extra memory. */
export interface RowWriter {
  /** Runs until the signal aborts. */
  run(signal: AbortSignal): Promise<void>;
  /**
   * Writes one insert of what is closed now, open panes too if asked: at once, or after the writes under way.
   * @returns rows stored.
   */
  flush(options?: FlushOptions): Promise<number>;
  /** Rows stored since the start. */
  readonly rowsStored: number;
  /** Whether the last write failed. */
  readonly failing: boolean;
}

/** Creates a writer over the partitions that the shard owns. */
export function createRowWriter(deps: RowWriterDeps, options: RowWriterOptions): RowWriter {
  let rowsStored = 0;
  let failures = 0;
  let nextPartition = 0;
  const slots = createSemaphore(WRITES_IN_FLIGHT);
  const issued = createIssuedForecasts();

  /** Takes rows partition by partition, going on where the last insert stopped. */
  async function gather(flushOptions: FlushOptions): Promise<Gathered[]> {
    const owned = deps.table.inPhase('owning');
    const gathered: Gathered[] = [];
    let room = options.rowsPerInsert;
    let sinceTurn = 0;
    for (let i = 0; i < owned.length && room > 0; i++) {
      const held = owned[nextPartition++ % owned.length]!;
      // It may have left in the turns between.
      const pending = held.phase === 'owning' ? held.state.takeRows(room, flushOptions) : undefined;
      if (pending === undefined) continue;
      gathered.push({ held, pending, spanLinks: held.spanLinks });
      room -= pending.rows.rowCount;
      sinceTurn += pending.rows.rowCount;
      if (sinceTurn < ROWS_PER_TURN) continue;
      sinceTurn = 0;
      await deps.runtime.nextTurn();
    }
    return gathered;
  }

  async function write(flushOptions: FlushOptions): Promise<number> {
    const gathered = await gather(flushOptions);
    if (gathered.length === 0) return 0;
    const batches = gathered.map(({ pending }) => pending.rows);
    const rows = batches.reduce((sum, batch) => sum + batch.rowCount, 0);
    try {
      const linked = gathered.map(({ spanLinks }) => spanLinks);
      await traceWrite(linked, () => deps.analytics.writeMinuteRows({ incarnation: deps.incarnation }, batches));
      if (deps.publisher !== undefined) await publish(deps.publisher, gathered);
    } catch (error) {
      for (const { pending } of gathered) pending.failed();
      throw error;
    }
    for (const { pending } of gathered) pending.stored();
    rowsStored += rows;
    return rows;
  }

  async function publish(publisher: ResultPublisher, gathered: readonly Gathered[]): Promise<void> {
    const origin = { incarnation: deps.incarnation };
    await publisher.minutes(
      origin,
      gathered.map(({ pending }) => pending.rows),
    );
    const taken = gathered.map(({ held, pending }) => issued.take(held, pending.rows));
    const forecasts = taken.flatMap((each) => each.forecasts);
    if (forecasts.length === 0) return;
    await publisher.forecasts(origin, forecasts);
    for (const each of taken) each.published();
  }

  const flush = async (flushOptions: FlushOptions = {}): Promise<number> => {
    await slots.acquire();
    try {
      return await write(flushOptions);
    } finally {
      slots.release();
    }
  };

  /**
   * Writes until the signal aborts; a second one runs beside the first while there is much to write. It begins with a
   * pause: after a start readers come first.
   */
  async function loop(signal: AbortSignal, worthAWrite: number): Promise<void> {
    let pauseMs = options.intervalMs;
    while (true) {
      await deps.runtime.sleep(pauseMs, signal);
      if (signal.aborted) return;
      pauseMs = options.intervalMs;
      if (pendingRows() >= worthAWrite) {
        try {
          if ((await flush()) > 0) pauseMs = pendingRows() >= options.rowsPerInsert ? 0 : pauseMs;
          succeeded();
        } catch (error) {
          pauseMs = failed(error);
        }
      }
    }
  }

  function pendingRows(): number {
    let rows = 0;
    for (const { state } of deps.table.inPhase('owning')) rows += state.rowsPending;
    return rows;
  }

  function succeeded(): void {
    if (failures > 0) deps.logger.info({ failures }, 'Analytical store answered again');
    failures = 0;
  }

  function failed(error: unknown): number {
    failures++;
    const retryInMs = Math.min(options.maxBackoffMs, options.intervalMs * 2 ** failures);
    if (failures === 1) {
      deps.logger.warn(
        { err: error, retryInMs, advice: 'Rows wait in state and log; nothing is lost. Check the analytical store.' },
        'Minute rows could not be stored',
      );
    }
    return retryInMs;
  }

  return {
    flush,
    get rowsStored() {
      return rowsStored;
    },
    get failing() {
      return failures > 0;
    },
    async run(signal) {
      await Promise.all([loop(signal, 1), loop(signal, options.rowsPerInsert)]);
    },
  };
}
