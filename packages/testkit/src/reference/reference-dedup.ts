import type { ReferenceRow, ReferenceSlice } from './reference-record.ts';

/** What became of a batch's slice. */
export type BatchVerdict = 'fresh' | 'duplicate' | 'sequenceConflict' | 'batchExpired';

/** Sequences this far behind the highest are too old to be told apart. */
const WINDOW = 64;
/** A batch may be sent again for so long by its own creation time. */
const RETRYABLE_MS = 3_600_000;

/** Decides which slices count. */
export interface ReferenceDedup {
  judge(slice: ReferenceSlice, stampMs: number): BatchVerdict;
}

/** Remembers every slice that counted by producer, session and sequence, with its whole content. */
export function createReferenceDedup(): ReferenceDedup {
  const runs = new Map<string, Map<number, string>>();
  return {
    judge(slice, stampMs) {
      const { producer } = slice;
      if (producer === undefined) return 'fresh';
      const key = `${producer.session}/${producer.id}`;
      const counted = runs.get(key) ?? new Map<number, string>();
      runs.set(key, counted);
      const highest = Math.max(-1, ...counted.keys());
      const inWindow = producer.sequence > highest - WINDOW;
      const content = contentOf(slice);
      const before = counted.get(producer.sequence);
      if (inWindow && before !== undefined) return before === content ? 'duplicate' : 'sequenceConflict';
      if (stampMs - producer.createdAtMs > RETRYABLE_MS) return 'batchExpired';
      // Nobody runs 64 ahead of an unacked batch: what is so far behind was counted.
      if (!inWindow) return 'duplicate';
      counted.set(producer.sequence, content);
      return 'fresh';
    },
  };
}

/** The rows of a slice in an order of their own, so that the order they were sent in does not matter. */
function contentOf(slice: ReferenceSlice): string {
  const row = (r: ReferenceRow) => JSON.stringify([r.cityId, r.observedMs, r.temperature, r.humidity, r.wind]);
  return JSON.stringify([slice.rows.map(row).sort(), [...(slice.rejected ?? [])].sort()]);
}
