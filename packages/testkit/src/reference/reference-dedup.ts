import type { ReferenceRow, ReferenceSlice } from './reference-record.ts';

/** What became of a batch's slice. */
export type BatchOutcome = 'fresh' | 'duplicate' | 'sequenceConflict' | 'batchExpired';

/** A batch may be sent again for so long by its own creation time. */
const RETRYABLE_MS = 3_600_000;

/** A producer's run that log time has heard nothing of for so long is forgotten, at the next minute of log time. */
const KEPT_MS = 26 * 3_600_000;

/** Decides which slices count. */
export interface ReferenceDedup {
  /** Log time moves on. */
  advance(fromMs: number, toMs: number): void;
  outcomeOf(slice: ReferenceSlice, logTimeMs: number): BatchOutcome;
}

/** What is known of a producer's run. */
interface Run {
  readonly tenant: string;
  /** What came under each sequence, whatever became of it. */
  readonly came: Map<number, Set<string>>;
  /** Newest creation time of what counted. */
  countedUntilMs: number;
  /** What was made until then may have counted before the run was forgotten. */
  readonly notBeforeMs: number;
  lastSeenMs: number;
}

/** Remembers every slice that came by tenant, producer, session and sequence, with its whole content. */
export function createReferenceDedup(): ReferenceDedup {
  const runs = new Map<string, Run>();
  const forgottenMs = new Map<string, number>();
  return {
    advance(fromMs, toMs) {
      if (Math.floor(fromMs / 60_000) === Math.floor(toMs / 60_000)) return;
      for (const [key, run] of runs) {
        if (toMs - run.lastSeenMs <= KEPT_MS) continue;
        const { tenant, countedUntilMs } = run;
        forgottenMs.set(tenant, Math.max(forgottenMs.get(tenant) ?? countedUntilMs, countedUntilMs));
        runs.delete(key);
      }
    },
    outcomeOf(slice, logTimeMs) {
      const { tenant = '', producer } = slice;
      if (producer === undefined) return 'fresh';
      const key = `${tenant}/${producer.session}/${producer.id}`;
      const never = Number.NEGATIVE_INFINITY;
      const run = runs.get(key) ?? {
        tenant,
        came: new Map(),
        countedUntilMs: never,
        notBeforeMs: forgottenMs.get(tenant) ?? never,
        lastSeenMs: 0,
      };
      runs.set(key, run);
      run.lastSeenMs = logTimeMs;
      const content = contentOf(slice);
      const before = run.came.get(producer.sequence);
      if (before?.has(content)) return 'duplicate';
      run.came.set(producer.sequence, new Set([...(before ?? []), content]));
      if (before !== undefined) return 'sequenceConflict';
      const { createdAtMs } = producer;
      if (logTimeMs - createdAtMs > RETRYABLE_MS || createdAtMs <= run.notBeforeMs) return 'batchExpired';
      run.countedUntilMs = Math.max(run.countedUntilMs, createdAtMs);
      return 'fresh';
    },
  };
}

/**
 * The rows of a slice in an order of their own, so that the order they were sent in does not matter, and neither which
 * of them were rejected: a reading from the future may be accepted when it is sent again.
 */
function contentOf(slice: ReferenceSlice): string {
  const row = (r: ReferenceRow) => JSON.stringify([r.cityId, r.observedMs, r.temperature, r.humidity, r.wind]);
  return JSON.stringify([...slice.rows.map(row), ...(slice.rejected ?? [])].sort());
}
