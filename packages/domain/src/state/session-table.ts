/** How far behind the highest sequence a batch is still told from its retry. Clients run at most 32 ahead. */
export const DEDUP_WINDOW = 64;
/** A batch can be retried for so long by its own creation time, in ms. */
export const RETRYABLE_MS = 3_600_000;
/** Silent sessions are kept so long in log time, in ms: as long as a retry can arrive, and 10 min for clocks that differ. */
export const SESSION_KEPT_MS = RETRYABLE_MS + 600_000;
/** Sessions a partition keeps. Overflow: the one silent for longest is forgotten. */
export const MAX_SESSIONS = 16_384;

/** What is known of a producer's run. `seen` and `digests` are by sequence modulo 64, good for (highest - 64, highest]. */
export interface Session {
  readonly id: string;
  readonly session: bigint;
  highest: number;
  seenLow: number;
  seenHigh: number;
  readonly digests: Uint32Array;
  lastSeenMs: number;
  observations: number;
  /** Newest creation time of its batches that counted, ms since the epoch; -Infinity without one. */
  countedUntilMs: number;
  /** Batches made until then may have counted under a session that was forgotten: they are expired. */
  readonly notBeforeMs: number;
}

/** A batch's claim to be counted. */
export interface BatchStamp {
  readonly sequence: number;
  readonly createdAtMs: number;
  readonly stampMs: number;
  readonly digestLow: number;
  readonly digestHigh: number;
}

/** What became of a batch. */
export type BatchVerdict = 'fresh' | 'duplicate' | 'sequenceConflict' | 'batchExpired';

/** Sessions of producers, the one silent for longest first. */
export class SessionTable {
  readonly #sessions = new Map<string, Session>();
  /** Newest creation time of a batch that counted in a session that was forgotten; -Infinity without one. */
  forgottenMs = Number.NEGATIVE_INFINITY;

  get size(): number {
    return this.#sessions.size;
  }

  /** The session, made anew if it is unknown, noted as seen at this log time. */
  touch(id: string, session: bigint, logTimeMs: number): Session {
    const key = `${session}:${id}`;
    let found = this.#sessions.get(key);
    if (found === undefined) {
      if (this.#sessions.size >= MAX_SESSIONS) this.#forgetFirst();
      found = newSession(id, session, this.forgottenMs);
    } else this.#sessions.delete(key);
    this.#sessions.set(key, found);
    found.lastSeenMs = logTimeMs;
    return found;
  }

  /** Puts a session at the end of the order, as read from a segment. */
  restore(session: Session): void {
    this.#sessions.set(`${session.session}:${session.id}`, session);
  }

  clear(): void {
    this.#sessions.clear();
    this.forgottenMs = Number.NEGATIVE_INFINITY;
  }

  /** Forgets sessions silent for {@link SESSION_KEPT_MS}. */
  sweep(logTimeMs: number): void {
    for (const [key, session] of this.#sessions) {
      if (logTimeMs - session.lastSeenMs <= SESSION_KEPT_MS) return;
      this.#forget(key, session);
    }
  }

  [Symbol.iterator](): MapIterator<Session> {
    return this.#sessions.values();
  }

  #forgetFirst(): void {
    for (const [key, session] of this.#sessions) {
      this.#forget(key, session);
      return;
    }
  }

  #forget(key: string, session: Session): void {
    this.#sessions.delete(key);
    if (session.countedUntilMs > this.forgottenMs) this.forgottenMs = session.countedUntilMs;
  }
}

/** A session nothing was seen of, or was and is forgotten. */
export function newSession(id: string, session: bigint, notBeforeMs = Number.NEGATIVE_INFINITY): Session {
  return {
    id,
    session,
    highest: -1,
    seenLow: 0,
    seenHigh: 0,
    digests: new Uint32Array(2 * DEDUP_WINDOW),
    lastSeenMs: 0,
    observations: 0,
    countedUntilMs: Number.NEGATIVE_INFINITY,
    notBeforeMs,
  };
}

/**
 * Decides whether a batch counts, and notes it if it does.
 *
 * Within the window the bitmap decides, however old the batch. Otherwise a batch past its retry time is expired, and so
 * is one made before what a forgotten session may have counted: log time jumps when a clock does, a retry does not. Below the
 * window a batch within its retry time is a duplicate: clients run at most 32 ahead of their oldest unacked batch,
 * so a fresh one cannot be 64 behind.
 */
export function judgeBatch(session: Session, batch: BatchStamp): BatchVerdict {
  const { sequence } = batch;
  const at = sequence % DEDUP_WINDOW;
  const below = sequence <= session.highest - DEDUP_WINDOW;
  if (!below && sequence <= session.highest && isSeen(session, at)) {
    return session.digests[2 * at] === batch.digestLow && session.digests[2 * at + 1] === batch.digestHigh
      ? 'duplicate'
      : 'sequenceConflict';
  }
  if (batch.stampMs - batch.createdAtMs > RETRYABLE_MS || batch.createdAtMs <= session.notBeforeMs)
    return 'batchExpired';
  if (below) return 'duplicate';
  advance(session, sequence);
  if (batch.createdAtMs > session.countedUntilMs) session.countedUntilMs = batch.createdAtMs;
  if (at < 32) session.seenLow = (session.seenLow | (1 << at)) >>> 0;
  else session.seenHigh = (session.seenHigh | (1 << (at - 32))) >>> 0;
  session.digests[2 * at] = batch.digestLow;
  session.digests[2 * at + 1] = batch.digestHigh;
  return 'fresh';
}

function isSeen(session: Session, at: number): boolean {
  return at < 32 ? ((session.seenLow >>> at) & 1) === 1 : ((session.seenHigh >>> (at - 32)) & 1) === 1;
}

/** Moves the window up to a sequence; what lies between was not seen, so that nobody looks at its digest. */
function advance(session: Session, sequence: number): void {
  if (sequence <= session.highest) return;
  if (sequence - session.highest >= DEDUP_WINDOW) {
    session.seenLow = 0;
    session.seenHigh = 0;
  } else {
    for (let skipped = session.highest + 1; skipped <= sequence; skipped++) {
      const at = skipped % DEDUP_WINDOW;
      if (at < 32) session.seenLow = (session.seenLow & ~(1 << at)) >>> 0;
      else session.seenHigh = (session.seenHigh & ~(1 << (at - 32))) >>> 0;
    }
  }
  session.highest = sequence;
}
