import type { BlobStore } from '@isotherm/checkpoint/internals';
import type { Faults } from '../engine/faults.ts';
import type { SimulatedProcess } from '../engine/simulated-process.ts';

interface Blob {
  bytes: Uint8Array;
  durable: boolean;
}

/**
 * Where checkpoints are kept. What it reproduces, each observed on the real parts in packages/checkpoint:
 *
 * - of many who create a name one wins, also when the winner's answer is lost;
 * - an object that was put is safe only when something was created in its folder afterwards; before, a power loss may
 *   leave none of it or its beginning;
 * - a call whose caller sees an error may have had its effect, and so may the call of a caller that died;
 * - bits rot: an object may be damaged when it is read.
 */
export interface BlobDisk {
  open(process: SimulatedProcess): BlobStore;
  /** Loses or tears what was not durable yet. */
  losePower(): void;
  /**
   * Tears or damages the newest checkpoint of a folder, if there is another one and nobody lives who builds on it: what
   * a crash may do to what was written last.
   */
  damage(folder: string): void;
}

/** An empty disk. */
export function createBlobDisk({ faults }: { readonly faults: Faults }): BlobDisk {
  const { prng } = faults;
  const folders = new Map<string, Map<string, Blob>>();
  const damaged = new Set<string>();
  const folderOf = (folder: string): Map<string, Blob> => {
    const found = folders.get(folder) ?? new Map<string, Blob>();
    folders.set(folder, found);
    return found;
  };

  function open(process: SimulatedProcess): BlobStore {
    /** A call of the process: it may fail before or after its effect, and a dead caller's may still arrive. */
    function call<T>(effect: () => T): Promise<T> {
      const fails = faults.strike('blobFails');
      const ambiguous = !fails && faults.strike('blobAmbiguous');
      const slow = faults.strike('blobSlow') ? prng.float() * 20_000 : prng.chance(0.03) ? prng.float() * 3_000 : 0;
      return process.call({ thereMs: prng.float() * 4 + slow, backMs: prng.float() * 4 }, () => {
        if (fails || (!process.alive && prng.chance(0.5))) throw new Error('The checkpoint store did not answer');
        const result = effect();
        if (ambiguous) throw new Error('The answer of the checkpoint store was lost');
        return result;
      });
    }
    return {
      list: (folder) => call(() => [...folderOf(folder).keys()]),
      get: (folder, name) => call(() => folderOf(folder).get(name)?.bytes.slice()),
      put(folder, name, bytes) {
        const copy = bytes.slice();
        return call(() => {
          folderOf(folder).set(name, { bytes: copy, durable: false });
        });
      },
      create(folder, name, bytes) {
        const copy = bytes.slice();
        return call(() => {
          const held = folderOf(folder);
          if (held.has(name)) return false;
          held.set(name, { bytes: copy, durable: true });
          for (const blob of held.values()) blob.durable = true;
          return true;
        });
      },
      remove: (folder, names) =>
        call(() => {
          for (const name of names) folderOf(folder).delete(name);
        }),
      folders: () => call(() => [...folders].filter(([, held]) => held.size > 0).map(([name]) => name)),
      close: async () => undefined,
    };
  }

  return {
    open,
    losePower() {
      for (const held of folders.values()) {
        for (const [name, blob] of held) {
          if (blob.durable) continue;
          if (prng.chance(0.5)) held.delete(name);
          else blob.bytes = blob.bytes.slice(0, prng.below(blob.bytes.length + 1));
        }
      }
    },
    damage(folder) {
      const held = folderOf(folder);
      const manifests = [...held.keys()].filter((name) => name.startsWith('manifest-')).sort();
      const newest = manifests.at(-1);
      if (newest === undefined || manifests.length < 2 || damaged.has(`${folder}/${newest}`)) return;
      const name = prng.chance(0.5) ? newest : newest.replace('manifest', 'segment');
      const blob = held.get(name);
      if (blob === undefined || blob.bytes.length === 0) return;
      damaged.add(`${folder}/${newest}`);
      blob.bytes = blob.bytes.slice(0, prng.chance(0.3) ? prng.below(blob.bytes.length) : undefined);
      const at = prng.below(Math.max(1, blob.bytes.length));
      if (at < blob.bytes.length) blob.bytes[at] = blob.bytes[at]! ^ (1 << prng.below(8));
    },
  };
}
