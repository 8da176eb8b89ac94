interface Write extends PromiseWithResolvers<boolean> {
  readonly run: () => Promise<boolean>;
}

/** Makes a write. Resolves after the sync, with whether its own condition held; rejects if it has no effect. */
export type MakeWrite = (run: () => Promise<boolean>) => Promise<boolean>;

/**
 * Gathers the writes that are made with no await between, and has them done in one transaction or not at all.
 *
 * @param block has what it is given done as part of one transaction, if its condition holds; resolves after the sync,
 * with whether it did.
 */
export function writeTogether(block: (writes: () => void) => Promise<boolean>): MakeWrite {
  let gathered: Write[] = [];

  function flush(): void {
    const writes = gathered;
    gathered = [];
    let outcomes: Promise<boolean>[] = [];
    const done = settled(() =>
      block(() => {
        outcomes = writes.map(({ run }) => settled(run));
      }),
    );
    for (const [i, { resolve, reject }] of writes.entries()) {
      // Within a block lmdb-js says of a write without a condition of its own that it is done, before it is.
      Promise.all([done, outcomes[i]]).then(([allowed, kept]) => {
        if (allowed) resolve(kept === true);
        else reject(new Error('another process has taken it over'));
      }, reject);
    }
  }

  return (run) => {
    const write = { ...Promise.withResolvers<boolean>(), run };
    if (gathered.push(write) === 1) queueMicrotask(flush);
    return write.promise;
  };
}

/** What a write comes to. lmdb-js rejects with a general error that carries a second promise, of the reason. */
async function settled(run: () => Promise<boolean>): Promise<boolean> {
  try {
    return await run();
  } catch (error) {
    if (error instanceof Error && 'commitError' in error && error.commitError instanceof Promise) {
      await error.commitError;
    }
    throw error;
  }
}
