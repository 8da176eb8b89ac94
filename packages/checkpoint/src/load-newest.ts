import type { BlobStore } from './blob-store.ts';
import type { Checkpoint, LoadMemory } from './checkpoint-store.ts';
import { decodeManifest, type Manifest, segmentFault } from './manifest.ts';
import { manifestsNewestFirst } from './object-names.ts';

const ATTEMPTS = 5;

/** A good checkpoint and the manifest it came from. */
export interface LoadedCheckpoint {
  readonly manifest: Manifest;
  readonly checkpoint: Checkpoint;
  /** Names of newer manifests that lead to nothing. */
  readonly damaged: readonly string[];
}

/**
 * The newest good checkpoint of a folder, or undefined if there is none. The owner may prune meanwhile: when something
 * was wrong and the folder has a newer manifest by then, it looks again.
 */
export async function loadNewest(
  blobs: BlobStore,
  folder: string,
  memory?: LoadMemory,
): Promise<LoadedCheckpoint | undefined> {
  let manifests = manifestsNewestFirst(await blobs.list(folder));
  for (let attempt = 1; ; attempt++) {
    const { good, wrong } = await firstGood(blobs, { folder, manifests, memory });
    if (wrong.size === 0) return good;
    const newest = manifests[0];
    manifests = manifestsNewestFirst(await blobs.list(folder));
    if (manifests[0] !== newest && attempt < ATTEMPTS) continue;
    const passedOver = [...wrong].map(([name, reason]) => `${name}: ${reason}`);
    return good && { ...good, damaged: [...wrong.keys()], checkpoint: { ...good.checkpoint, passedOver } };
  }
}

/** Where to look, and for what. */
interface Search {
  readonly folder: string;
  /** Newest first. */
  readonly manifests: readonly string[];
  readonly memory: LoadMemory | undefined;
}

async function firstGood(
  blobs: BlobStore,
  { folder, manifests, memory }: Search,
): Promise<{ readonly good: LoadedCheckpoint | undefined; readonly wrong: ReadonlyMap<string, string> }> {
  const wrong = new Map<string, string>();
  for (const name of manifests) {
    const loaded = await loadManifest(blobs, { folder, name, memory });
    if (!('wrong' in loaded)) return { good: loaded, wrong };
    wrong.set(name, loaded.wrong);
  }
  return { good: undefined, wrong };
}

async function loadManifest(
  blobs: BlobStore,
  { folder, name, memory }: { readonly folder: string; readonly name: string; readonly memory: LoadMemory | undefined },
): Promise<LoadedCheckpoint | { readonly wrong: string }> {
  const bytes = await blobs.get(folder, name);
  if (bytes === undefined) return { wrong: 'manifest is missing' };
  const manifest = decodeManifest(bytes);
  if ('wrong' in manifest) return manifest;
  const segments: Uint8Array[] = [];
  for (const ref of manifest.segments) {
    const segment = await blobs.get(folder, ref.name, memory);
    const wrong = segmentFault(ref, segment);
    if (segment === undefined || wrong !== undefined) return { wrong: wrong ?? `${ref.name} is missing` };
    segments.push(segment);
  }
  const { incarnation, offset, sinkCursor } = manifest;
  const size = segments.reduce((sum, { length }) => sum + length, 0);
  return {
    manifest,
    damaged: [],
    checkpoint: { incarnation, offset, sinkCursor, segments, bytes: size, passedOver: [] },
  };
}
