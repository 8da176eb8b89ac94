import type {
  DeadLetterCount,
  DeadLetterFilter,
  DeadLetterQuery,
  DeadLetterState,
  StoredDeadLetter,
} from '../analytics-store.ts';
import type { QueryParameters } from '../clickhouse-engine.ts';
import { type DeadLetterContext, deadLetterSource } from './dead-letter-source.ts';

/** A statement and what is bound to it. */
export interface DeadLetterStatement {
  readonly statement: string;
  readonly parameters: QueryParameters;
}

/** Replays that failed, of which a letter names the last ones. */
const LAST_CAUSES = 3;

/** A page of letters in order of their ids; to be read by {@link toStoredDeadLetter}. */
export function deadLettersStatement(context: DeadLetterContext, query: DeadLetterQuery): DeadLetterStatement {
  const { subquery, parameters } = deadLetterSource(context, query.filter, query);
  const causes = `arrayMap(cause -> (cause.2, cause.3, cause.4),
    arraySlice(arrayFilter(cause -> cause.1 > version AND cause.3 > 0, history), -${LAST_CAUSES}))`;
  return {
    statement: `SELECT partition, offset, row, leftPad(lower(hex(incarnation)), 16, '0'), reason, message, city_id, tenant, producer_id,
        toUnixTimestamp64Milli(observed_at), toUnixTimestamp64Milli(first_seen_at), base64Encode(observation),
        state, attempts, next_ms, ${causes}
      FROM (${subquery}) ORDER BY partition, offset, row LIMIT {limit:UInt32} ${context.settings}`,
    parameters: { ...parameters, limit: query.limit },
  };
}

/** A row of {@link deadLettersStatement}. */
export function toStoredDeadLetter(row: readonly unknown[]): StoredDeadLetter {
  const [partition, offset, letterRow, incarnation, reason, message, cityId, tenant, producerId, observedMs] = row;
  const [firstSeenMs, observation, state, attempts, nextMs, causes] = row.slice(10);
  const replays = causes as readonly (readonly [unknown, unknown, string])[];
  return {
    partition: Number(partition),
    offset: Number(offset),
    row: Number(letterRow),
    incarnation: String(incarnation),
    reason: Number(reason),
    message: String(message),
    cityId: String(cityId),
    tenant: String(tenant),
    producerId: String(producerId),
    observedMs: observedMs === null ? undefined : Number(observedMs),
    firstSeenMs: Number(firstSeenMs),
    observation: new Uint8Array(Buffer.from(String(observation), 'base64')),
    state: state as DeadLetterState,
    attempts: Number(attempts),
    nextAttemptMs: Number(nextMs) < 0 ? undefined : Number(nextMs),
    causes: [
      { reason: Number(reason), message: String(message), atOffset: Number(offset) },
      ...replays.map(([at, why, sentence]) => ({ reason: Number(why), message: sentence, atOffset: Number(at) })),
    ],
  };
}

/** Letters by reason and state; to be read by {@link toDeadLetterCount}. */
export function countDeadLettersStatement(context: DeadLetterContext, filter: DeadLetterFilter): DeadLetterStatement {
  const { subquery, parameters } = deadLetterSource(context, filter);
  return {
    statement: `SELECT reason, state, count(), toUnixTimestamp64Milli(min(first_seen_at)), toUnixTimestamp64Milli(max(first_seen_at))
      FROM (${subquery}) GROUP BY reason, state ORDER BY reason, state ${context.settings}`,
    parameters,
  };
}

/** A row of {@link countDeadLettersStatement}. */
export function toDeadLetterCount([reason, state, count, oldest, newest]: readonly unknown[]): DeadLetterCount {
  return {
    reason: Number(reason),
    state: state as DeadLetterState,
    count: Number(count),
    oldestSeenMs: Number(oldest),
    newestSeenMs: Number(newest),
  };
}

/** Counts of parts of the whole, as counts of the whole. */
export function mergeDeadLetterCounts(parts: readonly (readonly DeadLetterCount[])[]): DeadLetterCount[] {
  const merged = new Map<string, DeadLetterCount>();
  for (const part of parts.flat()) {
    const key = `${String(part.reason).padStart(5, '0')} ${part.state}`;
    const before = merged.get(key) ?? { ...part, count: 0 };
    merged.set(key, {
      ...before,
      count: before.count + part.count,
      oldestSeenMs: Math.min(before.oldestSeenMs, part.oldestSeenMs),
      newestSeenMs: Math.max(before.newestSeenMs, part.newestSeenMs),
    });
  }
  return [...merged].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, count]) => count);
}
