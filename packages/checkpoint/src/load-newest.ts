import type { BlobStore } from './blob-store.ts';
import type { Checkpoint, LoadTarget, NewestCheckpoint } from './checkpoint-store.ts';
import { decodeManifest, type Manifest } from './manifest.ts';
import { manifestsNewestFirst } from './object-names.ts';
import { readSegment } from './read-segment.ts';

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
  target?: LoadTarget,
): Promise<LoadedCheckpoint | undefined> {
  let manifests = manifestsNewestFirst(await blobs.list(folder));
  for (let attempt = 1; ; attempt++) {
    const { good, wrong } = await firstGood(blobs, { folder, manifests, target });
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
  readonly target: LoadTarget | undefined;
}

async function firstGood(
  blobs: BlobStore,
  { folder, manifests, target }: Search,
): Promise<{ readonly good: LoadedCheckpoint | undefined; readonly wrong: ReadonlyMap<string, string> }> {
  const wrong = new Map<string, string>();
  for (const name of manifests) {
    const loaded = await loadManifest(blobs, { folder, name, target });
    if (!('wrong' in loaded)) return { good: loaded, wrong };
    wrong.set(name, loaded.wrong);
  }
  return { good: undefined, wrong };
}

async function loadManifest(
  blobs: BlobStore,
  { folder, name, target }: { readonly folder: string; readonly name: string; readonly target: LoadTarget | undefined },
): Promise<LoadedCheckpoint | { readonly wrong: string }> {
  const bytes = await blobs.get(folder, name);
  if (bytes === undefined) return { wrong: 'manifest is missing' };
  const manifest = decodeManifest(bytes);
  if ('wrong' in manifest) return manifest;
  target?.begin();
  const segments: Uint8Array[] = [];
  for (const ref of manifest.segments) {
    const segment = await readSegment(blobs, { folder, ref, target });
    if ('wrong' in segment) return segment;
    segments.push(segment);
  }
  const segmentBytes = manifest.segments.map((ref) => ref.bytes);
  const size = segmentBytes.reduce((sum, bytes) => sum + bytes, 0);
  return {
    manifest,
    damaged: [],
    checkpoint: { ...headOf(manifest), segments, segmentBytes, bytes: size, passedOver: [] },
  };
}

/** The facts of the newest manifest of a folder that can be read; undefined if there is none. */
export async function newestHead(blobs: BlobStore, folder: string): Promise<NewestCheckpoint | undefined> {
  for (const name of manifestsNewestFirst(await blobs.list(folder))) {
    const bytes = await blobs.get(folder, name);
    const manifest = bytes && decodeManifest(bytes);
    if (manifest !== undefined && !('wrong' in manifest)) return headOf(manifest);
  }
  return undefined;
}

function headOf({ term, number, incarnation, offset, sinkCursor, storedOffset }: Manifest): NewestCheckpoint {
  return { id: { term, number }, incarnation, offset, sinkCursor, storedOffset };
}
