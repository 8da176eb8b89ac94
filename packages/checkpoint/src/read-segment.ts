import { crc32 } from 'node:zlib';
import { type BlobReader, type BlobStore, readerOfBytes } from './blob-store.ts';
import type { LoadTarget } from './checkpoint-store.ts';
import { type SegmentRef, segmentFault } from './manifest.ts';

/** Bytes that are read and then checked at once: they are still in the processor's cache, where checking is twice as fast. */
const PIECE_BYTES = 1 << 18;

/** Which segment to read. */
export interface SegmentPlace {
  readonly folder: string;
  readonly ref: SegmentRef;
  /** Where its body goes. Default: nowhere, it stays behind its head. */
  readonly target: LoadTarget | undefined;
}

/** The segment, or its head if the target took its body; or what is wrong with it. */
export async function readSegment(
  blobs: BlobStore,
  { folder, ref, target }: SegmentPlace,
): Promise<Uint8Array | { readonly wrong: string }> {
  const { headBytes, headCrc32 } = ref;
  if (target === undefined || headBytes === undefined || headCrc32 === undefined) {
    const bytes = await blobs.get(folder, ref.name);
    const wrong = segmentFault(ref, bytes);
    if (bytes === undefined || wrong !== undefined) return { wrong: wrong ?? `${ref.name} is missing` };
    target?.place(bytes, 0);
    return bytes;
  }
  const reader = await openBlob(blobs, folder, ref.name);
  if (reader === undefined) return { wrong: `${ref.name} is missing` };
  try {
    // Of the shared kind, though nobody shares it: the collector does not count those, nor runs because of a restart.
    const head = new Uint8Array(new SharedArrayBuffer(headBytes));
    const headRead = await reader.read(head);
    if (headRead < headBytes) return { wrong: tooShort(ref, headRead) };
    // What the head says decides where the body is written: it has to be good before it is believed.
    if (crc32(head) !== headCrc32) return { wrong: `the head of ${ref.name} does not match its checksum` };
    let at = headBytes;
    let found = headCrc32;
    for (const place of target.place(head, ref.bytes - headBytes)) {
      for (let from = 0; from < place.length; from += PIECE_BYTES) {
        const piece = place.subarray(from, from + PIECE_BYTES);
        const read = await reader.read(piece);
        at += read;
        if (read < piece.length) return { wrong: tooShort(ref, at) };
        found = crc32(piece, found);
      }
    }
    return found === ref.crc32 ? head : { wrong: `${ref.name} does not match its checksum` };
  } finally {
    await reader.close();
  }
}

function tooShort(ref: SegmentRef, found: number): string {
  return `${ref.name} has ${found} bytes instead of ${ref.bytes}`;
}

/** A reader of any store: one that cannot read in parts gives the whole. */
async function openBlob(blobs: BlobStore, folder: string, name: string): Promise<BlobReader | undefined> {
  if (blobs.open !== undefined) return await blobs.open(folder, name);
  const bytes = await blobs.get(folder, name);
  if (bytes === undefined) return undefined;
  return readerOfBytes(bytes);
}
