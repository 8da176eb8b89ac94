import { SequenceMemory } from './sequence-memory.ts';

/** A batch can be sent for so long by its own creation time, in ms. */
export const RETRYABLE_MS = 3_600_000;
/** Silent sessions are kept so long in log time, in ms: as far back as a late reading can be backfilled. */
export const SESSION_KEPT_MS = 26 * 3_600_000;
/** Sessions a partition keeps. Overflow: the tenant with the most of them loses the one silent for longest. */
export const MAX_SESSIONS = 16_384;

/** Whose run it is. Producers of different tenants have nothing in common, whatever they call themselves. */
export interface SessionKey {
  readonly tenant: string;
  readonly id: string;
  readonly session: bigint;
}

/** What is known of a producer's run. */
export interface Session extends SessionKey {
  /** Of those that counted; −1 before the first. */
  highest: number;
  readonly memory: SequenceMemory;
  lastSeenMs: number;
  observations: number;
  /** Newest creation time of its batches that counted, ms since the epoch; -Infinity without one. */
  countedUntilMs: number;
  /** Batches made until then may have counted under a session of the tenant that was forgotten: they are expired. */
  readonly notBeforeMs: number;
}

/** A batch's claim to be counted. */
export interface BatchStamp {
  readonly sequence: number;
  readonly createdAtMs: number;
  readonly logTimeMs: number;
  readonly digestLow: number;
  readonly digestHigh: number;
}

/** What became of a batch. */
export type BatchOutcome = 'fresh' | 'duplicate' | 'sequenceConflict' | 'batchExpired';

/** Sessions of one tenant, the one silent for longest first. */
interface TenantSessions {
  readonly sessions: Map<string, Session>;
  /** Newest creation time of a batch that counted in a session that was forgotten; -Infinity without one. */
  forgottenMs: number;
}

/**
 * Sessions of producers by tenant. What a tenant's producers do, and the times that they claim, decides what is forgotten
 * of theirs and what expires for them: past the limit it is the tenant with the most sessions that loses one.
 */
export class SessionTable {
  readonly #max: number;
  readonly #tenants = new Map<string, TenantSessions>();
  #size = 0;

  constructor(max = MAX_SESSIONS) {
    this.#max = max;
  }

  get size(): number {
    return this.#size;
  }

  /** The session, made anew if it is unknown, noted as seen at this log time. */
  touch(of: SessionKey, logTimeMs: number): Session {
    const own = this.#of(of.tenant);
    const key = keyOf(of);
    let found = own.sessions.get(key);
    if (found === undefined) {
      if (this.#size >= this.#max) this.#forgetOne();
      found = newSession(of, own.forgottenMs);
      this.#size++;
    } else own.sessions.delete(key);
    own.sessions.set(key, found);
    found.lastSeenMs = logTimeMs;
    return found;
  }

  /** Puts a session at the end of its tenant's order, as read from a segment. */
  restore(session: Session): void {
    this.#of(session.tenant).sessions.set(keyOf(session), session);
    this.#size++;
  }

  /** Of each tenant seen: until when batches may have counted in a session that was forgotten. */
  *forgotten(): Generator<readonly [tenant: string, forgottenMs: number]> {
    for (const [tenant, { forgottenMs }] of this.#tenants) yield [tenant, forgottenMs];
  }

  /** Sets what {@link forgotten} told. */
  restoreForgotten(tenant: string, forgottenMs: number): void {
    this.#of(tenant).forgottenMs = forgottenMs;
  }

  clear(): void {
    this.#tenants.clear();
    this.#size = 0;
  }

  /** Forgets sessions silent for {@link SESSION_KEPT_MS}. */
  sweep(logTimeMs: number): void {
    for (const own of this.#tenants.values()) {
      for (const session of own.sessions.values()) {
        if (logTimeMs - session.lastSeenMs <= SESSION_KEPT_MS) break;
        this.#forget(own, session);
      }
    }
  }

  /** By tenant, the one silent for longest first. */
  *[Symbol.iterator](): Generator<Session> {
    for (const { sessions } of this.#tenants.values()) yield* sessions.values();
  }

  #of(tenant: string): TenantSessions {
    let own = this.#tenants.get(tenant);
    if (own === undefined) {
      own = { sessions: new Map(), forgottenMs: Number.NEGATIVE_INFINITY };
      this.#tenants.set(tenant, own);
    }
    return own;
  }

  #forgetOne(): void {
    let most: TenantSessions | undefined;
    for (const own of this.#tenants.values()) {
      if (most === undefined || own.sessions.size > most.sessions.size) most = own;
    }
    const [first] = most?.sessions.values() ?? [];
    if (most !== undefined && first !== undefined) this.#forget(most, first);
  }

  #forget(own: TenantSessions, session: Session): void {
    own.sessions.delete(keyOf(session));
    own.forgottenMs = Math.max(own.forgottenMs, session.countedUntilMs);
    this.#size--;
  }
}

function keyOf({ id, session }: SessionKey): string {
  return `${session}:${id}`;
}

/** A session nothing was seen of, or was and is forgotten. */
export function newSession({ tenant, id, session }: SessionKey, notBeforeMs = Number.NEGATIVE_INFINITY): Session {
  return {
    tenant,
    id,
    session,
    highest: -1,
    memory: new SequenceMemory(),
    lastSeenMs: 0,
    observations: 0,
    countedUntilMs: Number.NEGATIVE_INFINITY,
    notBeforeMs,
  };
}

/**
 * Decides whether a batch counts, and notes it, so that it is a duplicate from then on whatever became of it.
 *
 * What was noted decides first, however old the batch. A batch past its time is expired, and so are one made before what
 * a forgotten session may have counted (log time jumps when a clock does, a retry does not) and one so far behind that
 * nobody knows any more whether it counted. Any other counts, however far behind.
 */
export function deduplicateBatch(session: Session, batch: BatchStamp): BatchOutcome {
  const { sequence, digestLow, digestHigh } = batch;
  const known = session.memory.recall(sequence, digestLow, digestHigh);
  if (known === 'same' || known === 'noted') return 'duplicate';
  session.memory.note(sequence, digestLow, digestHigh);
  if (known === 'other') return 'sequenceConflict';
  const late = batch.logTimeMs - batch.createdAtMs > RETRYABLE_MS;
  if (late || batch.createdAtMs <= session.notBeforeMs || known === 'forgotten') return 'batchExpired';
  session.highest = Math.max(session.highest, sequence);
  session.countedUntilMs = Math.max(session.countedUntilMs, batch.createdAtMs);
  return 'fresh';
}
