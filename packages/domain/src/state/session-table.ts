/** How far behind the highest sequence a batch is still told from its retry. Clients run at most 32 ahead. */
export const DEDUP_WINDOW = 64;
/** A batch can be retried for so long by its own creation time, in ms. */
export const RETRYABLE_MS = 3_600_000;
/** Silent sessions are kept so long in log time, in ms: as long as a retry can arrive, and 10 min for clocks that differ. */
export const SESSION_KEPT_MS = RETRYABLE_MS + 600_000;
/** Sessions a partition keeps. Overflow: the one silent for longest is forgotten. */
export const MAX_SESSIONS = 16_384;
const WORD_BITS = 32;

/** What is known of a producer's run. `seen` (a bit each) and `digests` are by sequence modulo 64, good for (highest - 64, highest]. */
export interface Session {
  readonly id: string;
  readonly session: bigint;
  highest: number;
  readonly seen: Uint32Array;
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
  readonly #max: number;
  readonly #sessions = new Map<string, Session>();
  /** Newest creation time of a batch that counted in a session that was forgotten; -Infinity without one. */
  forgottenMs = Number.NEGATIVE_INFINITY;

  constructor(max = MAX_SESSIONS) {
    this.#max = max;
  }

  get size(): number {
    return this.#sessions.size;
  }

  /** The session, made anew if it is unknown, noted as seen at this log time. */
  touch(id: string, session: bigint, logTimeMs: number): Session {
    const key = `${session}:${id}`;
    let found = this.#sessions.get(key);
    if (found === undefined) {
      if (this.#sessions.size >= this.#max) this.#forgetFirst();
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
    this.forgottenMs = Math.max(this.forgottenMs, session.countedUntilMs);
  }
}

/** A session nothing was seen of, or was and is forgotten. */
export function newSession(id: string, session: bigint, notBeforeMs = Number.NEGATIVE_INFINITY): Session {
  return {
    id,
    session,
    highest: -1,
    seen: new Uint32Array(DEDUP_WINDOW / WORD_BITS),
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
  session.countedUntilMs = Math.max(session.countedUntilMs, batch.createdAtMs);
  session.seen[wordOf(at)]! |= bitOf(at);
  session.digests[2 * at] = batch.digestLow;
  session.digests[2 * at + 1] = batch.digestHigh;
  return 'fresh';
}

function isSeen(session: Session, at: number): boolean {
  return (session.seen[wordOf(at)]! & bitOf(at)) !== 0;
}

function wordOf(at: number): number {
  return Math.floor(at / WORD_BITS);
}

/** Its place within its word: a shift takes the number of places modulo 32 (ECMA-262, 6.1.6.1.9). */
function bitOf(at: number): number {
  return 1 << at;
}

/** Moves the window up to a sequence; what lies between was not seen, so that nobody looks at its digest. */
function advance(session: Session, sequence: number): void {
  for (let skipped = Math.max(session.highest, sequence - DEDUP_WINDOW) + 1; skipped <= sequence; skipped++) {
    const at = skipped % DEDUP_WINDOW;
    session.seen[wordOf(at)]! &= ~bitOf(at);
  }
  session.highest = Math.max(session.highest, sequence);
}
