import type { BlobStore } from '../blob-store.ts';

/**
 * Blobs of a process that ends at a certain step: that call fails, before or after it took effect, and so does every
 * later one. `steps` counts the calls so far.
 */
export function failingBlobs(
  inner: BlobStore,
  at: { readonly step: number; readonly when: 'before' | 'after' },
): { readonly blobs: BlobStore; readonly steps: () => number } {
  let steps = 0;
  const ended = () => new Error(`The process ended at step ${at.step}`);
  const step = async <T>(run: () => Promise<T>): Promise<T> => {
    steps++;
    if (steps > at.step || (steps === at.step && at.when === 'before')) throw ended();
    const result = await run();
    if (steps === at.step) throw ended();
    return result;
  };
  const blobs: BlobStore = {
    list: (folder) => step(() => inner.list(folder)),
    get: (folder, name) => step(() => inner.get(folder, name)),
    put: (folder, name, bytes) => step(() => inner.put(folder, name, bytes)),
    create: (folder, name, bytes) => step(() => inner.create(folder, name, bytes)),
    remove: (folder, names) => step(() => inner.remove(folder, names)),
    folders: () => step(() => inner.folders()),
    close: () => Promise.resolve(),
  };
  return { blobs, steps: () => steps };
}
