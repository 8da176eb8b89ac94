import type { CommitStore, FlushPublisher, FlushState, IndexEntry } from '@isotherm/log/internals';
import type { LogHistory } from '../checks/log-history.ts';
import type { Faults } from '../engine/faults.ts';
import type { SimulatedProcess } from '../engine/simulated-process.ts';
import type { Violations } from '../engine/violation.ts';
import { createKeyedBytes, type KeyedBytes } from './keyed-bytes.ts';

/** A change of the database that waits for its transaction. */
interface Change {
  apply(): void;
  settle(error: Error | undefined): void;
}

/**
 * LMDB on a disk that outlives processes. What it reproduces, each observed on the real part in
 * packages/log (observed-behaviours, crash and damage tests):
 *
 * - changes of one turn of the event loop share a transaction; transactions follow one another;
 * - a put resolves after the sync, and puts of different transactions resolve out of order;
 * - a kill loses what no transaction has taken up, and the transaction under way as a whole or not at all;
 * - a failed transaction has no effect, and every put of it rejects;
 * - bytes read are valid until the next read;
 * - how far commits are published is told to readers a moment later, and never before the sync.
 *
 * Whoever reads lets go of its snapshot in the same turn of the event loop, since LMDB uses no page again that a
 * snapshot still shows.
 */
export interface LogDisk {
  /** Sequences below this are durable. */
  readonly durableEnd: number;
  /** What is on it, for who damages or examines it. */
  readonly commits: KeyedBytes;
  readonly index: KeyedBytes;
  open(process: SimulatedProcess): CommitStore;
  publisher(process: SimulatedProcess): FlushPublisher;
  reader(process: SimulatedProcess): FlushState;
}

/** An empty disk. */
export function createLogDisk(deps: {
  readonly faults: Faults;
  readonly violations: Violations;
  readonly history: LogHistory;
}): LogDisk {
  const { faults, violations, history } = deps;
  const { prng } = faults;
  const commits = createKeyedBytes();
  const index = createKeyedBytes();
  const facts = new Map<string, string>();
  let durableEnd = 0;
  let published = 0;
  let watchers = new Set<() => void>();

  function open(process: SimulatedProcess): CommitStore {
    let waiting: Change[] = [];
    let underWay: Change[] | undefined;
    let starting = false;
    let failed = false;
    const scratch = createScratch();
    let looking = false;

    /** A read, on the snapshot at hand or a new one. */
    function look<T>(value: T): T {
      if (looking) return value;
      looking = true;
      setImmediate(() => {
        violations.expect(!looking || !process.alive, 'no snapshot outlives its turn', () => process.name);
      });
      return value;
    }

    process.onKill(() => {
      // The transaction under way was synced just before, or never.
      if (underWay !== undefined && prng.chance(0.5)) for (const change of underWay) change.apply();
      underWay = undefined;
      waiting = [];
    });

    function begin(): void {
      starting = false;
      if (underWay !== undefined || waiting.length === 0) return;
      const transaction = waiting;
      waiting = [];
      underWay = transaction;
      const delayMs = prng.chance(0.05) ? prng.float() * 400 : prng.float() * 4;
      process.after(delayMs, () => {
        underWay = undefined;
        if (faults.strike('logDiskFails')) {
          failed = true;
          const error = Object.assign(new Error('EIO: i/o error, fdatasync'), { code: 'EIO' });
          for (const change of [...transaction, ...waiting.splice(0)]) change.settle(error);
          return;
        }
        for (const change of transaction) change.apply();
        for (const change of transaction) process.after(prng.float() * 3, () => change.settle(undefined));
        begin();
      });
    }

    function change(apply: () => void): Promise<void> {
      violations.expect(!failed, 'a failed sync is never tried again', () => 'the log was written to after it failed');
      return new Promise((resolve, reject) => {
        waiting.push({ apply, settle: (error) => (error === undefined ? resolve() : reject(error)) });
        if (starting) return;
        starting = true;
        process.soon(begin);
      });
    }

    return {
      async putCommit(sequence, bytes) {
        let late = false;
        history.writing(sequence, stampOf(bytes));
        await change(() => {
          const last = commits.last();
          late = last !== undefined && sequence <= last;
          if (late) return;
          commits.set(sequence, bytes.slice());
          durableEnd = sequence + 1;
          history.durable(sequence);
        });
        if (late) throw new Error(`Commit ${sequence} is not after the last one`);
      },
      putIndex: (sequence, bytes) => change(() => index.set(sequence, bytes.slice())),
      commit: (sequence) => look(scratch(commits.get(sequence))),
      lastCommit: () => look(commits.last()),
      firstCommit: () => look(commits.first()),
      indexFrom: (sequence) => look(entry(index, index.from(sequence), scratch)),
      indexUpTo: (sequence) => look(entry(index, index.upTo(sequence), scratch)),
      dropIndexBefore: (sequence) => change(() => index.drop(0, sequence)),
      dropCommits: (from, to) => change(() => commits.drop(from, to)),
      fact: (name) => facts.get(name),
      changeFacts(changes) {
        for (const [name, value] of changes()) {
          if (value === undefined) facts.delete(name);
          else facts.set(name, value);
        }
      },
      refresh() {
        looking = false;
      },
      close: async () => undefined,
    };
  }

  function reader(process: SimulatedProcess): FlushState {
    return {
      published: () => published,
      wait(seen, { timeoutMs, signal }) {
        if (published > seen || signal?.aborted === true) return Promise.resolve();
        return new Promise((resolve) => {
          const done = () => {
            watchers.delete(wake);
            timer.cancel();
            signal?.removeEventListener('abort', done);
            resolve();
          };
          const wake = () => {
            watchers.delete(wake);
            process.after(prng.float() * 5, done);
          };
          const timer = process.after(timeoutMs, done);
          watchers.add(wake);
          signal?.addEventListener('abort', done, { once: true });
        });
      },
      close: () => undefined,
    };
  }

  return {
    commits,
    index,
    get durableEnd() {
      return durableEnd;
    },
    open,
    reader,
    publisher(process) {
      return {
        ...reader(process),
        shared: new SharedArrayBuffer(8),
        publish(sequences) {
          violations.expect(
            sequences <= durableEnd,
            'readers see nothing that is not durable',
            () => `commit ${sequences - 1} was published, durable is everything before ${durableEnd}`,
          );
          violations.expect(sequences >= published, 'published never shrinks', () => `${published} to ${sequences}`);
          published = sequences;
          const woken = watchers;
          watchers = new Set();
          for (const wake of woken) wake();
        },
      };
    },
  };
}

/** The stamp of a commit: the sixth number of its header (commit-layout.ts). */
function stampOf(bytes: Uint8Array): number {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.length).getFloat64(40, true);
}

function entry(
  index: KeyedBytes,
  sequence: number | undefined,
  scratch: (bytes: Uint8Array | undefined) => Uint8Array | undefined,
): IndexEntry | undefined {
  const bytes = sequence === undefined ? undefined : scratch(index.get(sequence));
  return sequence === undefined || bytes === undefined ? undefined : { sequence, bytes };
}

/** Hands out copies, and spoils the last one with the next: bytes read are valid until the next read. */
function createScratch(): (bytes: Uint8Array | undefined) => Uint8Array | undefined {
  let last: Uint8Array | undefined;
  return (bytes) => {
    last?.fill(0xee);
    last = bytes?.slice();
    return last;
  };
}
