import { IsothermError } from '@isotherm/service-kit';
import type { AnalyticsBackend } from './analytics-backend.ts';
import type { AnalyticsStore, DeadLetterId, RowOrigin } from './analytics-store.ts';
import { createBufferPool } from './native/buffer-pool.ts';
import { deadLetterBlocks } from './native/dead-letter-blocks.ts';
import { deadLetterOutcomeBlocks } from './native/dead-letter-outcome-blocks.ts';
import { minuteBlocks } from './native/minute-blocks.ts';
import { encodeNativeBlocks, type NativeBlock } from './native/native-block.ts';
import { quartersOf } from './native/quarters-of.ts';
import { rawBlocks } from './native/raw-blocks.ts';
import { idRuns, requireDeadLetterCount } from './queries/dead-letter-limits.ts';
import type { WrittenTable } from './schema/inserts.ts';

/** Greater than any offset: nothing that a record brings about outranks a purge. */
const PURGED_AT = Number.MAX_SAFE_INTEGER;

/** A store that encodes rows on the caller's thread and leaves the rest to the backend. */
export function createEncodingStore(backend: AnalyticsBackend): AnalyticsStore {
  const pool = createBufferPool();

  async function write(
    table: WrittenTable,
    blocks: readonly NativeBlock[],
    quarters: readonly number[] = [],
  ): Promise<void> {
    if (blocks.length === 0) return;
    const rowCount = blocks.reduce((sum, block) => sum + block.rowCount, 0);
    const bytes = encodeNativeBlocks(blocks, pool.take);
    pool.give(await backend.write({ table, rowCount, bytes, quarters }));
  }

  /** First they are declared purged, each in the log it came in; from then on they are gone, whatever comes back. */
  async function purge(ids: readonly DeadLetterId[]): Promise<number> {
    const letters = await backend.deadLetters({ filter: { ids }, limit: Math.max(1, ids.length) });
    for (const incarnation of new Set(letters.map((letter) => letter.incarnation))) {
      const outcomes = letters
        .filter((letter) => letter.incarnation === incarnation)
        .map((letter) => ({
          ...letter,
          at: PURGED_AT,
          state: 'purged' as const,
          nextAttemptMs: undefined,
          reason: 0,
          message: '',
        }));
      await write('dead_letter_outcomes', deadLetterOutcomeBlocks(incarnationOf({ incarnation }), outcomes));
    }
    await backend.removeDeadLetters(letters);
    return letters.length;
  }

  return {
    migrate: () => backend.migrate(),
    writeMinuteRows: async (origin, batches) =>
      write('city_minutes', minuteBlocks(incarnationOf(origin), batches), quartersOf(batches)),
    writeRawRows: async (origin, batches) => write('observations', rawBlocks(incarnationOf(origin), batches)),
    writeDeadLetters: async (origin, letters) =>
      write('dead_letters', deadLetterBlocks(incarnationOf(origin), letters)),
    writeDeadLetterOutcomes: async (origin, outcomes) =>
      write('dead_letter_outcomes', deadLetterOutcomeBlocks(incarnationOf(origin), outcomes)),
    deadLetters: (query, signal) => backend.deadLetters(query, signal),
    countDeadLetters: (filter, signal) => backend.countDeadLetters(filter, signal),
    async purgeDeadLetters(origin, ids) {
      incarnationOf(origin);
      requireDeadLetterCount('The number of ids', ids.length, 0);
      let purged = 0;
      for (const run of idRuns(ids)) purged += await purge(run);
      return purged;
    },
    history: (query, signal) => backend.history(query, signal),
    rank: (query, signal) => backend.rank(query, signal),
    totals: () => backend.totals(),
    close: () => backend.close(),
    [Symbol.asyncDispose]: () => backend.close(),
  };
}

function incarnationOf(origin: RowOrigin): bigint {
  if (/^[0-9a-f]{16}$/i.test(origin.incarnation)) return BigInt(`0x${origin.incarnation}`);
  throw new IsothermError({
    code: 'INVALID_ARGUMENT',
    id: 'ANALYTICS_INCARNATION',
    message: `An incarnation has 16 hexadecimal digits; '${origin.incarnation}' has not.`,
  });
}
