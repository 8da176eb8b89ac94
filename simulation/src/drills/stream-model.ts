import type { DEFAULT_RETRY_POLICY } from '@isotherm/client/internals';
import type { Trouble } from './stream-troubles.ts';
import { CANCEL_MS } from './stream-wire.ts';

/** A batch as the model knows it. */
interface Batch {
  readonly number: number;
  readonly rows: string;
  readonly rowCount: number;
  sequence: number;
  createdMs: number;
  /** Times it was sent. */
  sent: number;
  /** When it is tried again by itself. */
  againAtMs?: number | undefined;
}

/** What the model is asked and told of the world around a stream. */
export interface ModelWorld {
  readonly size: number;
  readonly retry: typeof DEFAULT_RETRY_POLICY;
  /** Said at the beginning of every connection. */
  readonly start: string;
  /** Time, and the producer's clock. */
  nowMs(): number;
  clockMs(): number;
  /** Chance, from 0 to 1: lengthens pauses by up to half. */
  luck(): number;
}

/** Results that nobody looks at: one in four. */
export const isObserved = (number: number) => number % 4 !== 0;

const CLOSED = 'FAILED_PRECONDITION STREAM_CLOSED: The stream is closed.';
const malformed = (problem: string) =>
  `INTERNAL ANSWER_MALFORMED: An answer of ingest ${problem}; whether the batch is kept is not known. Check that ingestUrl leads to an Isotherm of this version.`;

/** A stream, told as plainly as can be: what must be on the wire, in order, and what callers must have been told. */
export type StreamModel = ReturnType<typeof createStreamModel>;

/** Nothing is written yet, and nothing connected. */
export function createStreamModel(world: ModelWorld) {
  const wire: string[] = [];
  const told: string[] = [];
  /** Writers wait for the window first, then for the socket. */
  let atWindow: Batch[] = [];
  let atSocket: Batch[] = [];
  const sent = new Map<number, Batch>();
  const inFlight = new Set<number>();
  let waiters: (() => void)[] = [];
  let next = 1;
  let link: 'none' | 'asked' | 'open' | 'pause' | 'over' = 'none';
  let calls = 0;
  let room = 0;
  let full = false;
  let pauseEndsMs = 0;
  let callEndsMs = Number.POSITIVE_INFINITY;
  let losses: { count: number; readonly sinceMs: number } | undefined;
  let failure: string | undefined;
  let unreported: string | undefined;
  /** How often it was closed: all are told the same. */
  let closers = 0;
  let closed: string | undefined;
  let ending = false;

  const pauseMs = ({ again, afterMs }: Trouble, tries: number, elapsedMs: number) => {
    const { initialDelayMs, maxDelayMs, maxElapsedMs } = world.retry;
    const leastMs = afterMs ?? Math.min(maxDelayMs, initialDelayMs * 2 ** (tries - 1));
    const ms = leastMs * (1 + world.luck() / 2);
    return again && elapsedMs + ms <= maxElapsedMs ? ms : undefined;
  };

  function put(what: string): void {
    wire.push(`${calls} ${what}`);
    room -= 1;
    full ||= room <= 0;
  }

  function ask(): void {
    link = 'asked';
    wire.push('connect');
  }

  function transmit(batch: Batch): void {
    if (link === 'none') ask();
    if (link !== 'open') return;
    put(`batch ${batch.sequence} of ${batch.createdMs}: ${batch.rows}`);
    batch.sent += 1;
  }

  /** Lets in who may come in. */
  function admit(): void {
    while (atWindow.length > 0 && next - ([...inFlight][0] ?? next) < world.size) {
      const batch = atWindow.shift()!;
      batch.sequence = next++;
      inFlight.add(batch.sequence);
      atSocket.push(batch);
    }
    while (atSocket.length > 0 && !full) {
      const batch = atSocket.shift()!;
      batch.createdMs = world.clockMs();
      told.push(`write ${batch.number}: sequence ${batch.sequence}, ${batch.rowCount} rows`);
      sent.set(batch.sequence, batch);
      transmit(batch);
    }
  }

  function release(sequence: number): void {
    inFlight.delete(sequence);
    admit();
    if (inFlight.size > 0) return;
    const all = waiters;
    waiters = [];
    for (const each of all) each();
  }

  function settle(batch: Batch, outcome: string): void {
    if (isObserved(batch.number)) told.push(`result ${batch.number}: ${outcome}`);
    sent.delete(batch.sequence);
    release(batch.sequence);
  }

  function refuse(batch: Batch, why: string): void {
    unreported ??= why;
    settle(batch, why);
  }

  function fail(why: string): void {
    if (failure !== undefined) return;
    failure = why;
    told.push('over');
    hangUp();
    link = 'over';
    full = false;
    const [early, late] = [atWindow, atSocket];
    [atWindow, atSocket] = [[], []];
    for (const { number } of [...early, ...late]) told.push(`write ${number}: ${why}`);
    for (const batch of [...sent.values()]) refuse(batch, why);
    for (const { sequence } of late) release(sequence);
  }

  function hangUp(): void {
    if (link !== 'open') return;
    wire.push(`${calls} cancel`);
    callEndsMs = world.nowMs() + CANCEL_MS;
  }

  function whenIdle(then: () => void): void {
    if (inFlight.size === 0) then();
    else waiters.push(then);
  }

  function report(): string {
    const why = unreported ?? 'done';
    unreported = undefined;
    return why;
  }

  function ended(): void {
    callEndsMs = Number.POSITIVE_INFINITY;
    if (!ending) return;
    ending = false;
    conclude('done');
  }

  function conclude(outcome: string): void {
    fail(CLOSED);
    closed = outcome;
    for (let i = 0; i < closers; i++) told.push(`close: ${closed}`);
  }

  return {
    wire,
    told,
    get inFlight() {
      return inFlight.size;
    },
    get failure() {
      return failure;
    },
    get link() {
      return link;
    },
    /** Whether the producer has ended its side, and waits for the platform to end the other. */
    get ending() {
      return ending;
    },
    /** Whether somebody is still to be told something. */
    get waiting() {
      return inFlight.size + atWindow.length + waiters.length > 0 || closed === undefined;
    },
    get full() {
      return full;
    },
    /** Callbacks that must be scheduled. */
    get timers() {
      return (link === 'pause' ? 1 : 0) + [...sent.values()].filter(({ againAtMs }) => againAtMs !== undefined).length;
    },
    write(number: number, { rows, rowCount }: { readonly rows: string; readonly rowCount: number }) {
      if (closers > 0 || failure !== undefined) told.push(`write ${number}: ${closers > 0 ? CLOSED : failure}`);
      else {
        atWindow.push({ number, rows, rowCount, sequence: 0, createdMs: 0, sent: 0 });
        admit();
      }
    },
    accept(messages: number) {
      calls += 1;
      if (link === 'over') {
        wire.push(`${calls} cancel`);
        return;
      }
      link = 'open';
      room = messages;
      put(world.start);
      for (const batch of sent.values()) if (batch.againAtMs === undefined) transmit(batch);
    },
    noToken(why: string) {
      if (link === 'asked') fail(`UNAUTHENTICATED TOKEN_FAILED: The token function failed: ${why}.`);
    },
    lose(trouble: Trouble) {
      full = false;
      if (link !== 'over') link = 'none';
      if (link === 'none' && sent.size > 0) {
        losses ??= { count: 0, sinceMs: world.clockMs() };
        losses.count += 1;
        const ms = pauseMs(trouble, losses.count, world.clockMs() - losses.sinceMs);
        if (ms === undefined) fail(trouble.told);
        else {
          link = 'pause';
          pauseEndsMs = world.nowMs() + ms;
        }
      }
      admit();
      ended();
    },
    drain(messages: number) {
      room = messages;
      full = false;
      admit();
    },
    ack(sequence: number, accepted: number) {
      losses = undefined;
      const batch = sent.get(sequence);
      if (batch !== undefined) settle(batch, `${accepted} of ${sequence}`);
    },
    error(sequence: number, trouble: Trouble) {
      losses = undefined;
      const batch = sent.get(sequence);
      if (batch === undefined) return;
      const ms = pauseMs(trouble, batch.sent, world.clockMs() - batch.createdMs);
      if (ms === undefined) refuse(batch, trouble.told);
      else batch.againAtMs = world.nowMs() + ms;
    },
    nothing(sequence: number) {
      losses = undefined;
      const batch = sent.get(sequence);
      if (batch !== undefined) refuse(batch, malformed('holds neither ack nor error'));
    },
    babble: () => fail(malformed('is no isotherm.ingest.v1.IngestStreamResponse')),
    abort: (reason: string) => fail(`CANCELLED CANCELLED: The stream was cancelled. (${reason})`),
    flush(number: number) {
      whenIdle(() => told.push(`flush ${number}: ${report()}`));
    },
    close() {
      closers += 1;
      if (closed !== undefined) told.push(`close: ${closed}`);
      if (closers > 1) return;
      whenIdle(() => {
        const why = report();
        if (why !== 'done' || link !== 'open') {
          conclude(why);
          return;
        }
        wire.push(`${calls} end`);
        ending = true;
      });
    },
    /** Whether something is due at this very moment: then it may have happened or not. */
    isDue(nowMs: number) {
      const moments = [...sent.values()].map(({ againAtMs }) => againAtMs);
      return [...moments, callEndsMs, link === 'pause' ? pauseEndsMs : undefined].includes(nowMs);
    },
    /** Time has come to a moment: what was due by then has happened, the earliest first. */
    cameTo(nowMs: number) {
      for (;;) {
        const due = [...sent.values()].filter(({ againAtMs }) => againAtMs !== undefined && againAtMs <= nowMs);
        const first = due.sort((a, b) => a.againAtMs! - b.againAtMs!)[0];
        const againAtMs = first?.againAtMs ?? Number.POSITIVE_INFINITY;
        if (link === 'pause' && pauseEndsMs <= Math.min(nowMs, againAtMs)) ask();
        else if (first !== undefined) {
          first.againAtMs = undefined;
          transmit(first);
        } else break;
      }
      if (callEndsMs <= nowMs) ended();
    },
  };
}
