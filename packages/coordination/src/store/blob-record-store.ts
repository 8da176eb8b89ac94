import type { BlobStore } from '@isotherm/checkpoint';
import { type PlacementRecord, type PlacementRecordStore, placementConflict } from '../placement-record.ts';

const FOLDER = 'placement';
/** Records kept besides the newest, for people who look at what happened. */
const KEPT = 20;

/**
 * Keeps each record as an object of its own, named by its epoch. A name can be taken once, so of two writers of the same
 * epoch one loses.
 */
export function createBlobRecordStore(blobs: BlobStore): PlacementRecordStore {
  return {
    async load() {
      // An object that another writer removed in between was not the newest.
      for (;;) {
        const newest = (await names(blobs)).at(-1);
        if (newest === undefined) return undefined;
        const bytes = await blobs.get(FOLDER, newest);
        if (bytes !== undefined) return JSON.parse(new TextDecoder().decode(bytes)) as PlacementRecord;
      }
    },
    async save(record, previous) {
      const newest = (await names(blobs)).at(-1);
      if (newest !== undefined && newest !== nameOf(previous?.epoch ?? 0)) throw placementConflict(epochOf(newest));
      const bytes = new TextEncoder().encode(JSON.stringify(record));
      if (!(await blobs.create(FOLDER, nameOf(record.epoch), bytes))) throw placementConflict(record.epoch);
      const old = (await names(blobs)).slice(0, -KEPT);
      if (old.length > 0) await blobs.remove(FOLDER, old);
    },
  };
}

function nameOf(epoch: number): string {
  return `epoch-${String(epoch).padStart(16, '0')}`;
}

function epochOf(name: string): number {
  return Number(name.slice('epoch-'.length));
}

async function names(blobs: BlobStore): Promise<string[]> {
  return (await blobs.list(FOLDER)).filter((name) => /^epoch-\d{16}$/.test(name)).sort();
}
