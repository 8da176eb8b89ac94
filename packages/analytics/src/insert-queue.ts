import { IsothermError } from '@isotherm/service-kit';
import type { EncodedRows } from './analytics-backend.ts';
import type { WrittenTable } from './schema/inserts.ts';

/** Limits of an {@link InsertQueue}. */
export interface InsertQueueOptions {
  /** Rows of one insert, unless a single write has more. Default 262,144: a read waits at most about half a second for it. */
  readonly maxRowsPerInsert: number;
  /** Bytes waiting or being inserted. Past it, writes are refused. Default 512 MiB. */
  readonly maxPendingBytes: number;
}

/** Defaults of {@link InsertQueueOptions}. */
export const INSERT_QUEUE_DEFAULTS: InsertQueueOptions = {
  maxRowsPerInsert: 262_144,
  maxPendingBytes: 512 * 1024 * 1024,
};

/** Writes of one table, gathered while an insert runs: the next insert takes all that wait. Overflow: refuse the newest. */
export interface InsertQueue {
  add(rows: EncodedRows): Promise<void>;
  /** Resolves when nothing is waiting or running. */
  idle(): Promise<void>;
}

interface Waiting {
  readonly rows: EncodedRows;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

/** Creates a queue in front of `insert`. */
export function createInsertQueue(
  insert: (table: WrittenTable, pieces: readonly Uint8Array[]) => Promise<void>,
  table: WrittenTable,
  options: InsertQueueOptions,
): InsertQueue {
  const waiting: Waiting[] = [];
  let pendingBytes = 0;
  let running: Promise<void> | undefined;

  async function drain(): Promise<void> {
    while (waiting.length > 0) {
      const group = takeGroup();
      try {
        await insert(
          table,
          group.map((entry) => entry.rows.bytes),
        );
        for (const entry of group) entry.resolve();
      } catch (error) {
        for (const entry of group) entry.reject(error);
      }
      for (const entry of group) pendingBytes -= entry.rows.bytes.byteLength;
    }
    running = undefined;
  }

  function takeGroup(): Waiting[] {
    let rows = 0;
    let count = 0;
    for (const entry of waiting) {
      rows += entry.rows.rowCount;
      if (count > 0 && rows > options.maxRowsPerInsert) break;
      count++;
    }
    return waiting.splice(0, count);
  }

  return {
    add(rows) {
      if (pendingBytes > 0 && pendingBytes + rows.bytes.byteLength > options.maxPendingBytes) {
        return Promise.reject(full(options.maxPendingBytes));
      }
      pendingBytes += rows.bytes.byteLength;
      return new Promise((resolve, reject) => {
        waiting.push({ rows, resolve, reject });
        running ??= drain();
      });
    },
    async idle() {
      await running;
    },
  };
}

function full(maxPendingBytes: number): IsothermError {
  return new IsothermError({
    code: 'RESOURCE_EXHAUSTED',
    id: 'ANALYTICS_BUSY',
    message: `The analytical store has ${maxPendingBytes} bytes of rows waiting and takes no more.`,
    advice: 'Write again after the writes in flight are done.',
    retryAfterMs: 1_000,
    metadata: { maxPendingBytes: String(maxPendingBytes) },
  });
}
