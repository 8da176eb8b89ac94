import type { BlobStore } from './blob-store.ts';
import { decodeManifest, type Manifest, segmentFault } from './manifest.ts';
import { claimTerm, folderOf, greatestTerm, isSegmentName, manifestsNewestFirst } from './object-names.ts';

/** A segment as a manifest sees it. */
export interface SegmentInspection {
  readonly name: string;
  readonly kind: 'full' | 'delta';
  readonly bytes: number;
  /** Undefined: good. Otherwise what is wrong. */
  readonly fault: string | undefined;
}

/** A manifest, newest first in its list. `manifest` is undefined where it cannot be read. */
export interface ManifestInspection {
  readonly name: string;
  readonly manifest: Manifest | undefined;
  readonly segments: readonly SegmentInspection[];
  /** When it was written, in ms since the epoch by the store's clock; undefined where the store does not say. */
  readonly writtenMs: number | undefined;
  /** Undefined: good, it can be loaded. Otherwise what is wrong first. */
  readonly fault: string | undefined;
}

/** All there is of a partition. */
export interface CheckpointInspection {
  readonly partition: number;
  /** The greatest term; 0 if the partition was never claimed. */
  readonly term: number;
  /** Who holds that term; undefined if its claim cannot be read. */
  readonly owner: string | undefined;
  readonly manifests: readonly ManifestInspection[];
  /** Segments that no readable manifest names. */
  readonly unusedSegments: readonly string[];
}

/** What looking takes. */
export type ReadableBlobs = Pick<BlobStore, 'list' | 'get' | 'writtenMs'>;

const ATTEMPTS = 5;

/**
 * Looks at everything in a partition's folder. The owner may prune meanwhile: when something is wrong and the folder
 * has another newest manifest by then, it looks again.
 */
export async function inspectFolder(blobs: ReadableBlobs, partition: number): Promise<CheckpointInspection> {
  const folder = folderOf(partition);
  for (let attempt = 1; ; attempt++) {
    const names = await blobs.list(folder);
    const inspection = await inspectNames(blobs, partition, names);
    if (inspection.manifests.every(({ fault }) => fault === undefined) || attempt === ATTEMPTS) return inspection;
    const [newest] = manifestsNewestFirst(await blobs.list(folder));
    if (newest === inspection.manifests[0]?.name) return inspection;
  }
}

async function inspectNames(
  blobs: ReadableBlobs,
  partition: number,
  names: readonly string[],
): Promise<CheckpointInspection> {
  const folder = folderOf(partition);
  const term = greatestTerm(names);
  const manifests: ManifestInspection[] = [];
  for (const name of manifestsNewestFirst(names)) manifests.push(await inspectManifest(blobs, folder, name));
  const used = new Set(manifests.flatMap(({ segments }) => segments.map(({ name }) => name)));
  return {
    partition,
    term,
    owner: await ownerOf(blobs, folder, names, term),
    manifests,
    unusedSegments: names.filter((name) => isSegmentName(name) && !used.has(name)).sort(),
  };
}

async function inspectManifest(blobs: ReadableBlobs, folder: string, name: string): Promise<ManifestInspection> {
  const bytes = await blobs.get(folder, name);
  const manifest = bytes === undefined ? { wrong: 'manifest is missing' } : decodeManifest(bytes);
  const writtenMs = await blobs.writtenMs?.(folder, name);
  if ('wrong' in manifest) return { name, manifest: undefined, segments: [], writtenMs, fault: manifest.wrong };
  const segments: SegmentInspection[] = [];
  for (const ref of manifest.segments) {
    const fault = segmentFault(ref, await blobs.get(folder, ref.name));
    segments.push({ name: ref.name, kind: ref.kind, bytes: ref.bytes, fault });
  }
  return { name, manifest, segments, writtenMs, fault: segments.find(({ fault }) => fault !== undefined)?.fault };
}

async function ownerOf(
  blobs: ReadableBlobs,
  folder: string,
  names: readonly string[],
  term: number,
): Promise<string | undefined> {
  const claim = names.find((name) => claimTerm(name) === term);
  const bytes = claim === undefined ? undefined : await blobs.get(folder, claim);
  if (bytes === undefined) return undefined;
  try {
    return (JSON.parse(Buffer.from(bytes).toString()) as { readonly owner: string }).owner;
  } catch {
    return undefined;
  }
}
