import type { CommitStore } from '../src/lmdb/commit-store.ts';

/** A store in memory whose writes settle when the test says so. */
export interface HeldStore extends CommitStore {
  /** Lets the write of a commit succeed. */
  sync(sequence: number): void;
  /** Lets it fail. */
  fail(sequence: number, error: Error): void;
}

/** Creates one. */
export function createHeldStore(): HeldStore {
  const commits = new Map<number, Uint8Array>();
  const index = new Map<number, Uint8Array>();
  const held = new Map<number, PromiseWithResolvers<void>>();
  const entryOf = (sequence: number | undefined) => {
    const bytes = sequence === undefined ? undefined : index.get(sequence);
    return sequence === undefined || bytes === undefined ? undefined : { sequence, bytes };
  };
  const indexKeys = () => [...index.keys()].sort((a, b) => a - b);
  return {
    putCommit(sequence, bytes) {
      commits.set(sequence, bytes.slice());
      const write = Promise.withResolvers<void>();
      held.set(sequence, write);
      return write.promise;
    },
    async putIndex(sequence, bytes) {
      index.set(sequence, bytes.slice());
    },
    commit: (sequence) => commits.get(sequence)?.slice(),
    lastCommit: () => [...commits.keys()].at(-1),
    firstCommit: () => [...commits.keys()][0],
    indexFrom: (sequence) => entryOf(indexKeys().find((key) => key >= sequence)),
    indexUpTo: (sequence) => entryOf(indexKeys().findLast((key) => key <= sequence)),
    async dropIndexBefore(sequence) {
      for (const key of indexKeys()) if (key < sequence) index.delete(key);
    },
    async dropCommits(from, to) {
      for (let sequence = from; sequence < to; sequence++) commits.delete(sequence);
    },
    fact: () => undefined,
    changeFacts() {},
    refresh() {},
    close: async () => {},
    sync: (sequence) => held.get(sequence)?.resolve(),
    fail: (sequence, error) => held.get(sequence)?.reject(error),
  };
}
