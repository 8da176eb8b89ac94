import { afterEach, beforeEach } from 'vitest';
import { createBlobCheckpoints, type InspectableCheckpointStore } from '../blob-checkpoints.ts';
import type { BlobStore } from '../blob-store.ts';
import type { CheckpointUpdate } from '../checkpoint-store.ts';

/** How the suite gets at an adapter: by the blobs it keeps things in. */
export interface CheckpointHarness {
  /** An empty place. */
  create(): Promise<string>;
  /** The blobs of a place, as another process would open them. */
  open(place: string): Promise<BlobStore>;
  /** Removes a place. Default nothing to do. */
  readonly remove?: (place: string) => Promise<void>;
}

/** A place, new for every test, with one store open. */
export interface CheckpointPlace {
  blobs: BlobStore;
  store: InspectableCheckpointStore;
  /** Another process's store of the same place; closed after the test. */
  another(): Promise<InspectableCheckpointStore>;
}

/** Opens a place for each test and closes it after. */
export function usePlace(harness: CheckpointHarness): CheckpointPlace {
  let path: string;
  let opened: InspectableCheckpointStore[] = [];
  const place = {
    async another() {
      const store = createBlobCheckpoints(await harness.open(path));
      opened.push(store);
      return store;
    },
  } as CheckpointPlace;
  beforeEach(async () => {
    path = await harness.create();
    opened = [];
    place.blobs = await harness.open(path);
    place.store = await place.another();
  });
  afterEach(async () => {
    for (const store of opened) await store.close();
    await place.blobs.close();
    await harness.remove?.(path);
  });
  return place;
}

/** An update at an offset whose segment is the text. */
export function update(kind: 'full' | 'delta', offset: number, text: string): CheckpointUpdate {
  return {
    kind,
    offset,
    sinkCursor: offset - 1,
    storedOffset: Math.max(0, offset - 2),
    incarnation: '0123456789abcdef',
    segment: new TextEncoder().encode(text),
  };
}

/** What a partition's checkpoint holds, in one comparable form. */
export async function show(store: InspectableCheckpointStore, partition: number): Promise<string> {
  const checkpoint = await store.load(partition);
  if (checkpoint === undefined) return 'nothing';
  const segments = checkpoint.segments.map((segment) => new TextDecoder().decode(segment));
  return `${checkpoint.offset}: ${segments.join(' + ')}`;
}
