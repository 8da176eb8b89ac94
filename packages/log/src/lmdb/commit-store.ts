import { type Database, open } from 'lmdb';
import { writeTogether } from './write-together.ts';

/** A database of one thread: commits by sequence, index entries by sequence, and facts about the log. */
export interface CommitStore {
  /** Writes a commit; resolves when it is synced. The bytes must stay as they are until then. */
  putCommit(sequence: number, bytes: Uint8Array): Promise<void>;
  /** Writes an index entry; called together with a commit's put, with no await between, it shares its transaction. */
  putIndex(sequence: number, bytes: Uint8Array): Promise<void>;
  /** The commit's bytes, valid until the next call. */
  commit(sequence: number): Uint8Array | undefined;
  lastCommit(): number | undefined;
  firstCommit(): number | undefined;
  /** The first index entry at or after a sequence; its bytes are valid until the next call. */
  indexFrom(sequence: number): IndexEntry | undefined;
  /** The last index entry at or before a sequence. */
  indexUpTo(sequence: number): IndexEntry | undefined;
  /** Removes index entries before a sequence; resolves when that is synced. */
  dropIndexBefore(sequence: number): Promise<void>;
  /** Removes the commits from ≤ sequence < to; resolves when that is synced. */
  dropCommits(from: number, to: number): Promise<void>;
  fact(name: string): string | undefined;
  /** Changes facts atomically, also against other processes, and syncs; undefined removes one. */
  changeFacts(change: () => ReadonlyMap<string, string | undefined>): void;
  /** Lets go of the snapshot reads were served from; the next read sees the newest. */
  refresh(): void;
  close(): Promise<void>;
}

/** An index entry as stored. */
export interface IndexEntry {
  readonly sequence: number;
  readonly bytes: Uint8Array;
}

/** Options of {@link openCommitStore}. */
export interface CommitStoreOptions {
  readonly readOnly: boolean;
  readonly mapBytes: number;
  /**
   * Name of a fact that ends writing: once it is there, puts and drops reject and have no effect. LMDB looks within
   * their transaction, so whoever sets it knows that nothing comes after. Default one that nobody sets.
   */
  readonly endedBy?: string;
}

/**
 * Opens the database in a directory. Every thread opens its own; within a process they share one LMDB environment.
 *
 * `overlappingSync` is off: with it lmdb-js shows a commit before it is on disk, and after a failed sync the promise of
 * the flush never settles. Without it a put resolves after the sync and rejects if that fails, at the same speed.
 */
export function openCommitStore(path: string, options: CommitStoreOptions): CommitStore {
  const root = open({
    path,
    noSubdir: false,
    encoding: 'binary',
    overlappingSync: false,
    // A batch of an event turn that fails rejects a promise that nobody holds; `writeTogether` makes batches instead.
    eventTurnBatching: false,
    mapSize: options.mapBytes,
    readOnly: options.readOnly,
  });
  const commits: Database<Uint8Array, number> = root.openDB('commits', { encoding: 'binary' });
  const index: Database<Uint8Array, number> = root.openDB('index', { encoding: 'binary' });
  const facts: Database<string, string> = root.openDB('facts', { encoding: 'string' });
  const bytesOf = (database: Database<Uint8Array, number>, key: number) => {
    const found = database.getBinaryFast(key);
    // Its `length` is overridden, the buffer behind it is longer; and a Buffer's `slice` would not copy.
    return found === undefined ? undefined : new Uint8Array(found.buffer, found.byteOffset, found.length);
  };
  const entryOf = (sequence: number | undefined) => {
    const bytes = sequence === undefined ? undefined : bytesOf(index, sequence);
    return sequence === undefined || bytes === undefined ? undefined : { sequence, bytes };
  };
  const write = writeTogether((writes) => facts.ifNoExists(options.endedBy ?? 'nobody', writes));
  return {
    async putCommit(sequence, bytes) {
      // The types know options for `putSync` only.
      const kept = await write(() => commits.put(sequence, bytes, { append: true } as never));
      if (!kept) throw new Error(`Commit ${sequence} is not after the last one`);
    },
    async putIndex(sequence, bytes) {
      await write(() => index.put(sequence, bytes));
    },
    commit: (sequence) => bytesOf(commits, sequence),
    lastCommit: () => firstKey(commits, { reverse: true }),
    firstCommit: () => firstKey(commits, {}),
    indexFrom: (sequence) => entryOf(firstKey(index, { start: sequence })),
    indexUpTo: (sequence) => entryOf(firstKey(index, { start: sequence, reverse: true })),
    async dropIndexBefore(sequence) {
      const old = Array.from(index.getKeys({ start: 0, end: sequence }));
      await Promise.all(old.map((key) => write(() => index.remove(key))));
    },
    async dropCommits(from, to) {
      const removals: Promise<boolean>[] = [];
      for (let sequence = from; sequence < to; sequence++) removals.push(write(() => commits.remove(sequence)));
      await Promise.all(removals);
    },
    fact: (name) => facts.get(name),
    changeFacts(change) {
      root.transactionSync(() => {
        for (const [name, value] of change()) {
          if (value === undefined) facts.removeSync(name);
          else facts.putSync(name, value);
        }
      });
    },
    refresh: () => root.resetReadTxn(),
    close: () => root.close(),
  };
}

function firstKey(
  database: Database<Uint8Array, number>,
  range: { readonly start?: number; readonly reverse?: boolean },
): number | undefined {
  for (const key of database.getKeys({ ...range, limit: 1 })) return key;
  return undefined;
}
