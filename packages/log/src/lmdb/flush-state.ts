import { closeSync, constants, openSync, readSync, writeSync } from 'node:fs';

/**
 * How many commits are on disk, told to whoever reads: to threads of this process through shared memory, which also
 * wakes them, and to other processes through a small file. The file needs no sync of its own: it only ever names what
 * is synced already, and a starting writer sets it anew.
 */
export interface FlushState {
  /** Commits published: sequences below this are readable. */
  published(): number;
  /** Resolves when more than `seen` are published, when `timeoutMs` pass or when `signal` aborts. */
  wait(seen: number, options: { readonly timeoutMs: number; readonly signal?: AbortSignal }): Promise<void>;
  close(): void;
}

/** A flush state that can be moved on. */
export interface FlushPublisher extends FlushState {
  publish(sequences: number): void;
  /** Names who is told when other processes cannot be told: the disk takes nothing more. Left out where that cannot be. */
  onFailed?(listener: (error: unknown) => void): void;
  readonly shared: SharedArrayBuffer;
}

/** Shared memory for the flush state of a log: hand it to the writer and to the readers of the same process. */
export function createFlushBuffer(): SharedArrayBuffer {
  return new SharedArrayBuffer(8);
}

/** The writer's side: publishes to threads at once and to the file of other processes once an event-loop turn. */
export function createFlushPublisher(markPath: string, shared: SharedArrayBuffer): FlushPublisher {
  const view = new BigInt64Array(shared, 0, 1);
  // What an earlier writer told stays told until this one tells more: the log of a reader never shrinks.
  const file = openSync(markPath, constants.O_RDWR | constants.O_CREAT, 0o666);
  const mark = new BigUint64Array(2);
  let markQueued: NodeJS.Immediate | undefined;
  let failed: (error: unknown) => void = () => undefined;
  const writeMark = () => {
    markQueued = undefined;
    mark[0] = BigInt.asUintN(64, Atomics.load(view, 0));
    mark[1] = ~mark[0];
    try {
      writeSync(file, mark, 0, mark.byteLength, 0);
    } catch (error) {
      failed(error);
    }
  };
  const reading = createSharedFlushState(shared);
  return {
    ...reading,
    shared,
    publish(sequences) {
      Atomics.store(view, 0, BigInt(sequences));
      Atomics.notify(view, 0);
      markQueued ??= setImmediate(writeMark);
    },
    onFailed(listener) {
      failed = listener;
    },
    close() {
      if (markQueued !== undefined) {
        clearImmediate(markQueued);
        writeMark();
      }
      closeSync(file);
    },
  };
}

/** A reader's side within the writer's process. */
export function createSharedFlushState(shared: SharedArrayBuffer): FlushState {
  const view = new BigInt64Array(shared, 0, 1);
  let armed: { readonly seen: number; readonly fired: Promise<unknown> } | undefined;
  return {
    published: () => Number(Atomics.load(view, 0)),
    async wait(seen, { timeoutMs, signal }) {
      if (armed?.seen !== seen) {
        const waiting = Atomics.waitAsync(view, 0, BigInt(seen));
        if (!waiting.async) return;
        // A writer that starts publishes what was published already: woken is not moved on, and the next wait is a new one.
        const fired = waiting.value.then(() => {
          armed = undefined;
        });
        armed = { seen, fired };
      }
      await firstOf(armed.fired, timeoutMs, signal);
    },
    close() {},
  };
}

const POLL_MS = 4;

/** A reader's side in another process: looks at the file every {@link POLL_MS}. */
export function createPolledFlushState(markPath: string): FlushState {
  const file = openSync(markPath, 'r');
  const mark = new BigUint64Array(2);
  let last = 0;
  const published = () => {
    const whole = readSync(file, mark, { position: 0 }) === mark.byteLength;
    if (whole && mark[1] === BigInt.asUintN(64, ~mark[0]!)) last = Number(mark[0]);
    return last;
  };
  return {
    published,
    async wait(seen, { timeoutMs, signal }) {
      for (let left = timeoutMs; left > 0 && published() <= seen && signal?.aborted !== true; left -= POLL_MS) {
        await firstOf(undefined, Math.min(left, POLL_MS), signal);
      }
    },
    close: () => closeSync(file),
  };
}

/** Resolves at the first of the three; leaves no timer and no listener behind. */
function firstOf(event: Promise<unknown> | undefined, timeoutMs: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal?.aborted === true) return resolve();
    const done = () => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, timeoutMs);
    signal?.addEventListener('abort', done, { once: true });
    void event?.then(done);
  });
}
