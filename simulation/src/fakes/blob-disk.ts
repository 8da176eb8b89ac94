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
  /** Damages the newest object of a folder drawn at random. @returns its name, if there is one. */
  damage(): string | undefined;
}

/** An empty disk. */
export function createBlobDisk({ faults }: { readonly faults: Faults }): BlobDisk {
  const { prng } = faults;
  const folders = new Map<string, Map<string, Blob>>();
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
      const slow = prng.chance(0.03) ? prng.float() * 3_000 : 0;
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
    damage() {
      const names = [...folders].flatMap(([folder, held]) =>
        [...held.keys()].slice(-2).map((name) => [folder, name] as const),
      );
      if (names.length === 0) return undefined;
      const [folder, name] = prng.pick(names);
      const blob = folderOf(folder).get(name)!;
      if (blob.bytes.length === 0) return undefined;
      blob.bytes = blob.bytes.slice();
      const at = prng.below(blob.bytes.length);
      blob.bytes[at] = blob.bytes[at]! ^ (1 << prng.below(8));
      return `${folder}/${name}`;
    },
  };
}
