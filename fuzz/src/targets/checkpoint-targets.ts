import { crc32 } from 'node:zlib';
import { type BlobStore, encodeManifest, loadNewest, type Manifest } from '@isotherm/checkpoint/internals';
import { createPartitionState, type PartitionState, restorePartitionState, SegmentFormatError } from '@isotherm/domain';
import { createRecordReader, type LogRecord } from '@isotherm/records';
import { encodeReferenceRecord, logArbitrary } from '@isotherm/testkit';
import fc from 'fast-check';
import { accepted, type FuzzTarget, type Outcome, refused } from '../fuzz-target.ts';
import { mutateBytes } from '../mutation/mutate-bytes.ts';
import { joinFrames, mutateFrames, splitFrames } from './frames.ts';
import { RESULT_SETTINGS } from './result-settings.ts';

const FOLDER = 'partition-00000';
const FRAMES = 4;

/** A state's life: a full segment early, deltas later. */
interface Chain {
  readonly segments: readonly Uint8Array[];
  readonly offsets: readonly number[];
}

function chainOf(seed: number): Chain {
  const [records = []] = fc.sample(logArbitrary({ maxSteps: 24 }), { numRuns: 1, seed });
  const reader = createRecordReader();
  const state = createPartitionState({ partition: 0, settings: RESULT_SETTINGS });
  const segments: Uint8Array[] = [];
  const offsets: number[] = [];
  const cut = () => {
    segments.push(state.takeSegment(segments.length === 0 ? 'full' : 'delta', Uint8Array.of(seed)));
    offsets.push(state.appliedOffset);
  };
  records.forEach((record, i) => {
    const { appendMs } = record;
    state.apply({ offset: i, appendMs }, reader.decode(encodeReferenceRecord(record)) as LogRecord);
    if (i === Math.floor(records.length / 3) || i === Math.floor((2 * records.length) / 3)) {
      state.takeRows(5)?.stored();
      cut();
    }
  });
  cut();
  return { segments, offsets };
}

function restored(segments: readonly Uint8Array[]): PartitionState {
  return restorePartitionState({ partition: 0, settings: RESULT_SETTINGS, segments }).state;
}

/** Checkpoints as they lie in a store: damage is found and the one before is used, or nothing. */
export const checkpointTarget: FuzzTarget = {
  name: 'checkpoint',
  reads: 'manifests and segments of a checkpoint store',
  weight: 8,
  maxBytes: 300_000,
  allowedBytes: (inputBytes) => 24_000_000 + 64 * inputBytes,
  open() {
    const { segments, offsets } = chainOf(3);
    const manifests = segments.map((_, i) =>
      encodeManifest(manifestOf(i + 1, { segments: segments.slice(0, i + 1), offset: offsets[i]! })),
    );
    // A state that passed the check is compared by the bytes it was made of; they are restored once.
    const known = manifests.map((_, i) => segments.slice(0, i + 1));
    for (const chain of known) restored(chain);
    const newest = joinFrames([manifests[manifests.length - 1]!, ...segments]);
    return {
      seeds: [newest],
      words: ['"segments":', '"format":', 'null', '[]', '{}', '1e999', '-1', '"bytes":', '"crc32":'].map((text) =>
        Buffer.from(text),
      ),
      mutate: (bytes, random) =>
        mutateFrames(bytes, random, {
          most: FRAMES,
          mutate: (frame, index) => {
            const changed = mutateBytes(frame, random, { corpus: [newest], words: [], maxBytes: 100_000 });
            return index === 0 && random.chance(0.7) ? resealed(changed) : changed;
          },
        }),
      async run(input): Promise<Outcome> {
        const [manifest = new Uint8Array(), ...stored] = splitFrames(input, FRAMES);
        const older = manifests.length - 2;
        const objects = new Map<string, Uint8Array>([
          [manifestName(older + 1), manifests[older]!],
          [manifestName(older + 2), manifest],
          ...stored.map((bytes, i) => [segmentName(i + 1), bytes] as const),
        ]);
        const loaded = await loadNewest(blobsOf(objects), FOLDER);
        if (loaded === undefined) return refused('nothing good');
        const { segments: used, passedOver } = loaded.checkpoint;
        const exact = known.find(
          (chain) => chain.length === used.length && chain.every((bytes, i) => same(bytes, used[i]!)),
        );
        if (exact === undefined) {
          // Only a manifest of other content, sealed rightly, can name other bytes. Then they are told apart when read.
          try {
            restored(used);
          } catch (error) {
            if (error instanceof SegmentFormatError) return refused('another manifest, segments refused');
            throw error;
          }
          return refused('another manifest');
        }
        return passedOver.length > 0
          ? refused('the one before')
          : accepted(exact === known.at(-1) ? 'newest' : 'a shorter chain');
      },
    };
  },
};

/** Segments whose checksum nobody has looked at: a state or an error, at a bounded cost. */
export const segmentTarget: FuzzTarget = {
  name: 'segment',
  reads: 'segments of a state, without their checksum',
  weight: 2,
  maxBytes: 100_000,
  // Panes of 64 cities take 4 MB whatever their segment holds of them, and that is 2 KB at least.
  allowedBytes: (inputBytes) => 48_000_000 + 2500 * inputBytes,
  open() {
    const full = [1, 2, 3, 4, 5].map((seed) => chainOf(seed).segments[0]!);
    const small = createPartitionState({ partition: 0, settings: RESULT_SETTINGS }).takeSegment('full');
    return {
      seeds: [small, small, ...full],
      repair(bytes) {
        // The declared length comes after magic and version.
        if (bytes.length >= 20) new DataView(bytes.buffer, bytes.byteOffset).setFloat64(12, bytes.length, true);
      },
      run(input) {
        try {
          restored([input]);
          return accepted('restored');
        } catch (error) {
          if (error instanceof SegmentFormatError) return refused(nameOf(error.message));
          throw error;
        }
      },
    };
  },
};

/** A sentence without its numbers. */
function nameOf(message: string): string {
  return message.replaceAll(/-?\d[-\d.e+]*|NaN|Infinity/g, '#').slice(0, 40);
}

function manifestOf(
  number: number,
  of: { readonly segments: readonly Uint8Array[]; readonly offset: number },
): Manifest {
  return {
    format: 1,
    partition: 0,
    owner: 'shard-0',
    term: 1,
    number,
    incarnation: '00000190a0b0c0d0',
    offset: of.offset,
    sinkCursor: of.offset,
    storedOffset: of.offset,
    segments: of.segments.map((bytes, i) => ({
      name: segmentName(i + 1),
      kind: i === 0 ? 'full' : 'delta',
      bytes: bytes.length,
      crc32: crc32(bytes),
    })),
  };
}

function manifestName(number: number): string {
  return `manifest-0000000001-${String(number).padStart(10, '0')}`;
}

function segmentName(number: number): string {
  return `segment-0000000001-${String(number).padStart(10, '0')}`;
}

/** A manifest with the checksum of whatever its first line is now. */
function resealed(manifest: Uint8Array): Uint8Array {
  const end = manifest.indexOf(0x0a);
  const line = Buffer.from(end < 0 ? manifest : manifest.subarray(0, end));
  const whole = Buffer.concat([line, Buffer.from('\n')]);
  return Buffer.concat([whole, Buffer.from(`${crc32(whole).toString(16).padStart(8, '0')}\n`)]);
}

function blobsOf(objects: ReadonlyMap<string, Uint8Array>): BlobStore {
  const readOnly = () => Promise.reject(new Error('Nothing is written here'));
  return {
    list: async () => [...objects.keys()],
    get: async (_, name) => objects.get(name),
    put: readOnly,
    create: readOnly,
    remove: readOnly,
    folders: async () => [FOLDER],
    close: async () => {},
  };
}

function same(a: Uint8Array, b: Uint8Array): boolean {
  return Buffer.compare(a, b) === 0;
}
