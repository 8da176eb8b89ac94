import { PASSING_REASONS, type RetryOptions } from '@isotherm/domain';
import type { DeadLetterFilter, DeadLetterId } from '../analytics-store.ts';
import type { QueryParameters } from '../clickhouse-engine.ts';
import { idLiterals } from './dead-letter-limits.ts';

/** What statements about dead letters depend on. */
export interface DeadLetterContext {
  readonly database: string;
  readonly settings: string;
  readonly retry: RetryOptions;
}

/** Rows of letters with what became of them, as a subquery, and what is bound to it. */
export interface DeadLetterSource {
  readonly subquery: string;
  readonly parameters: QueryParameters;
}

interface Condition {
  readonly sql: string;
  readonly parameters?: QueryParameters;
}

const KEY = '(partition, offset, row)';
/** Letters whose cause can pass. One that names no city is that of a damaged record: there is nothing in it to try again. */
const MAY_PASS = `reason IN (${PASSING_REASONS.join(', ')}) AND city_id != ''`;
/** Version of a letter, to be compared with those of outcomes: incarnation ‖ offset. */
const LETTER_VERSION = 'bitOr(bitShiftLeft(toUInt128(incarnation), 64), toUInt128(offset))';

/**
 * Letters that the filter lets through, and their state: that of the newest outcome, or what follows from their reason.
 * An outcome is of the log its letter came in, and of a later record: others are about a letter of another log that had
 * the same id. Columns: those of dead_letters, `version` of the letter, `state`, `attempts`, `next_ms` (-1: none) and
 * `history`, an array of (version, at, reason, message) by version. Where states do not restrict, the first `limit` by id.
 */
export function deadLetterSource(
  { database, retry }: DeadLetterContext,
  filter: DeadLetterFilter,
  { after, limit }: { readonly after?: DeadLetterId | undefined; readonly limit?: number } = {},
): DeadLetterSource {
  const keys = keyConditions(filter.ids, after);
  const letters = [...keys, ...letterConditions(filter), { sql: notPurged(database) }, ...mayWait(database, filter)];
  const states = stateConditions(filter);
  // Where the state does not matter the page is known before outcomes are joined to it.
  const page = limit === undefined || states.length > 0 ? '' : `ORDER BY partition, offset, row LIMIT ${limit}`;
  const [firstDelayMs] = retry.delaysMs;
  const passes = firstDelayMs === undefined ? '0' : MAY_PASS;
  const subquery = `SELECT *,
      o.outcome_version > version AS has_outcome,
      if(has_outcome, o.outcome_state, if(${passes}, 'waiting', 'parked')) AS state,
      if(has_outcome, o.outcome_attempts, 0) AS attempts,
      if(has_outcome, o.outcome_next_ms, if(${passes}, toUnixTimestamp64Milli(first_seen_at) + ${firstDelayMs ?? 0}, -1)) AS next_ms
    FROM (SELECT *, ${LETTER_VERSION} AS version FROM ${database}.dead_letters FINAL ${where(letters)} ${page}) AS l
    LEFT JOIN (
      SELECT partition, offset, row, max(version) AS outcome_version, argMax(state, version) AS outcome_state,
        argMax(attempts, version) AS outcome_attempts, argMax(next_ms, version) AS outcome_next_ms,
        arraySort(groupArray((version, at, reason, message))) AS history
      FROM (
        SELECT partition, offset, row, version, at, toString(state) AS state, attempts, reason, message,
          ifNull(toUnixTimestamp64Milli(next_attempt_at), -1) AS next_ms
        FROM ${database}.dead_letter_outcomes FINAL ${where(keys)}
      ) GROUP BY partition, offset, row
    ) AS o USING (partition, offset, row)
    ${where(states)}`;
  const parameters = Object.assign({}, ...[...letters, ...states].map((condition) => condition.parameters ?? {}));
  return { subquery, parameters };
}

function where(conditions: readonly Condition[]): string {
  return conditions.length === 0 ? '' : `WHERE ${conditions.map(({ sql }) => `(${sql})`).join(' AND ')}`;
}

function keyConditions(ids: readonly DeadLetterId[] | undefined, after: DeadLetterId | undefined): Condition[] {
  const conditions: Condition[] = [];
  if (ids !== undefined) {
    conditions.push({ sql: ids.length === 0 ? '0' : `${KEY} IN (${idLiterals(ids)})` });
  }
  if (after !== undefined) {
    conditions.push({
      sql: `${KEY} > ({afterPartition:UInt16}, {afterOffset:UInt64}, {afterRow:UInt32})`,
      parameters: { afterPartition: after.partition, afterOffset: after.offset, afterRow: after.row },
    });
  }
  return conditions;
}

function letterConditions(filter: DeadLetterFilter): Condition[] {
  const conditions: Condition[] = [];
  const add = (sql: string, name: string, value: string | number | readonly number[] | undefined): void => {
    if (value !== undefined) conditions.push({ sql, parameters: { [name]: value } });
  };
  const instant = (name: string) => `fromUnixTimestamp64Milli({${name}:Int64}, 'UTC')`;
  add('reason IN {reasons:Array(UInt16)}', 'reasons', filter.reasons);
  add('city_id = {cityId:String}', 'cityId', filter.cityId);
  add('tenant = {tenant:String}', 'tenant', filter.tenant);
  add('producer_id = {producerId:String}', 'producerId', filter.producerId);
  add(`observed_at >= ${instant('observedFrom')}`, 'observedFrom', clamped(filter.observedFromMs));
  add(`observed_at < ${instant('observedTo')}`, 'observedTo', clamped(filter.observedToMs));
  add(`first_seen_at >= ${instant('seenFrom')}`, 'seenFrom', clamped(filter.seenFromMs));
  add(`first_seen_at < ${instant('seenTo')}`, 'seenTo', clamped(filter.seenToMs));
  return conditions;
}

/** A purge names the letter's own log: what comes later under the same id in another log is another letter. */
export function notPurged(database: string): string {
  return `(partition, offset, row, incarnation) NOT IN (
    SELECT partition, offset, row, toUInt64(bitShiftRight(version, 64)) FROM ${database}.dead_letter_outcomes
    WHERE state = 'purged')`;
}

/** Few letters ever wait: where only those are asked for, the others need not be joined. */
function mayWait(database: string, { states, dueAtMs }: DeadLetterFilter): Condition[] {
  const onlyWaiting = dueAtMs !== undefined || (states?.length === 1 && states[0] === 'waiting');
  if (!onlyWaiting) return [];
  return [
    {
      sql: `(${MAY_PASS}) OR ${KEY} IN (
        SELECT partition, offset, row FROM ${database}.dead_letter_outcomes WHERE state = 'waiting')`,
    },
  ];
}

function stateConditions({ states, dueAtMs }: DeadLetterFilter): Condition[] {
  const conditions: Condition[] = [];
  if (states !== undefined) conditions.push({ sql: 'state IN {states:Array(String)}', parameters: { states } });
  if (dueAtMs !== undefined) {
    conditions.push({
      sql: "state = 'waiting' AND next_ms <= {dueAt:Int64}",
      parameters: { dueAt: clamped(dueAtMs) ?? 0 },
    });
  }
  return conditions;
}

/** Latest instant that DateTime64(3) can be compared with: 2299-12-31. */
const LAST_MS = 10_413_791_999_000;

function clamped(milliseconds: number | undefined): number | undefined {
  return milliseconds === undefined ? undefined : Math.min(LAST_MS, Math.max(0, Math.ceil(milliseconds)));
}
