import type { BlobStore } from './blob-store.ts';
import { decodeManifest } from './manifest.ts';
import { greatestTerm, isSegmentName, manifestsNewestFirst } from './object-names.ts';

/**
 * Removes what no retained manifest needs: older manifests, and segments none of the retained ones names. Nothing
 * happens when a greater term exists: then the folder is somebody else's. A manifest that cannot be read counts as kept
 * for as long as newer good ones do not fill the number to retain; its segments are unknown and may go. The same holds
 * of `damaged` ones, which can be read but lead to nothing: they must not push out one that recovery can use.
 */
export async function pruneFolder(
  blobs: BlobStore,
  folder: string,
  owner: { readonly term: number; readonly retained: number; readonly damaged: ReadonlySet<string> },
): Promise<void> {
  const names = await blobs.list(folder);
  if (greatestTerm(names) > owner.term) return;
  const kept = new Set<string>();
  let good = 0;
  for (const name of manifestsNewestFirst(names)) {
    if (good === owner.retained) break;
    kept.add(name);
    if (owner.damaged.has(name)) continue;
    const bytes = await blobs.get(folder, name);
    const manifest = bytes && decodeManifest(bytes);
    if (manifest === undefined || 'wrong' in manifest) continue;
    good++;
    for (const segment of manifest.segments) kept.add(segment.name);
  }
  const old = manifestsNewestFirst(names).filter((name) => !kept.has(name));
  // Manifests first: one without its segments would be passed over as damaged.
  await blobs.remove(folder, old);
  await blobs.remove(
    folder,
    names.filter((name) => isSegmentName(name) && !kept.has(name)),
  );
}
