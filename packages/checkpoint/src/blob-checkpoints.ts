import { crc32 } from 'node:zlib';
import { type Runtime, systemRuntime } from '@isotherm/runtime';
import type { BlobStore } from './blob-store.ts';
import { baseMissing, checkpointsClosed, claimLost } from './checkpoint-errors.ts';
import { type CheckpointInspection, inspectFolder } from './checkpoint-inspection.ts';
import type {
  Checkpoint,
  CheckpointId,
  CheckpointStore,
  CheckpointUpdate,
  Claim,
  CommittedCheckpoint,
  LoadTarget,
  NewestCheckpoint,
} from './checkpoint-store.ts';
import { loadNewest, newestHead } from './load-newest.ts';
import { decodeManifest, encodeManifest, MANIFEST_FORMAT, type Manifest, type SegmentRef } from './manifest.ts';
import {
  claimName,
  claimTerm,
  folderOf,
  greatestTerm,
  type ManifestPlace,
  manifestName,
  manifestPlace,
  partitionOf,
  segmentName,
} from './object-names.ts';
import { pruneFolder } from './prune-folder.ts';

/** A checkpoint store that can also be looked into. */
export interface InspectableCheckpointStore extends CheckpointStore {
  /** All there is of a partition, with the condition of every object. Reads and checks every byte. */
  inspect(partition: number): Promise<CheckpointInspection>;
  /** The partitions that have anything, in order. */
  partitions(): Promise<readonly number[]>;
}

/** The newest, and one to fall back to. */
const LEAST_RETAINED = 2;

/** Options of {@link createBlobCheckpoints}. */
export interface BlobCheckpointOptions {
  /** Manifests kept for each partition, with all they need. At least 2, which is the default. */
  readonly retainedManifests?: number;
  /** Where claims get their unique ids from. Default the system. */
  readonly runtime?: Pick<Runtime, 'uniqueId'>;
}

/** Keeps checkpoints in a blob store. Closing it closes the blob store. */
export function createBlobCheckpoints(
  blobs: BlobStore,
  options: BlobCheckpointOptions = {},
): InspectableCheckpointStore {
  const { retainedManifests = LEAST_RETAINED, runtime = systemRuntime } = options;
  return new BlobCheckpoints(blobs, Math.max(LEAST_RETAINED, retainedManifests), runtime.uniqueId);
}

class BlobCheckpoints implements InspectableCheckpointStore {
  readonly #blobs: BlobStore;
  readonly #retained: number;
  readonly #uniqueId: () => string;
  /** What the next delta of a partition is applied on: its manifest last loaded or committed here. */
  readonly #bases = new Map<number, Manifest>();
  /** The last place each partition's commits tried: what failed may still arrive, and must not fall on what is there by then. */
  readonly #tried = new Map<number, ManifestPlace>();
  /** Manifests found damaged when a partition was loaded. */
  readonly #damaged = new Map<number, ReadonlySet<string>>();
  /** The last call of each partition: those of one partition run one after the other. */
  readonly #queues = new Map<number, Promise<unknown>>();
  #closing: Promise<void> | undefined;

  constructor(blobs: BlobStore, retained: number, uniqueId: () => string) {
    this.#blobs = blobs;
    this.#retained = retained;
    this.#uniqueId = uniqueId;
  }

  claim(partition: number, owner: string): Promise<Claim> {
    return this.#inTurn(partition, async () => {
      const folder = folderOf(partition);
      const term = greatestTerm(await this.#blobs.list(folder)) + 1;
      // The id makes each claim's bytes its own, so that a store can tell whose a name is after an unclear answer.
      const text = `${JSON.stringify({ partition, term, owner, id: this.#uniqueId() })}\n`;
      const created = await this.#blobs.create(folder, claimName(term), Buffer.from(text));
      // Names of old claims are removed, so that a slow caller could create one below the greatest.
      const names = await this.#blobs.list(folder);
      const greatest = greatestTerm(names);
      if (!created || greatest > term) throw claimLost(partition, term, greatest);
      await this.#blobs.remove(
        folder,
        names.filter((name) => (claimTerm(name) ?? term) < term),
      );
      return { partition, term, owner };
    });
  }

  load(partition: number, target?: LoadTarget): Promise<Checkpoint | undefined> {
    return this.#inTurn(partition, async () => {
      const loaded = await loadNewest(this.#blobs, folderOf(partition), target);
      if (loaded === undefined) return undefined;
      this.#damaged.set(partition, new Set(loaded.damaged));
      this.#bases.set(partition, loaded.manifest);
      return loaded.checkpoint;
    });
  }

  newest(partition: number): Promise<NewestCheckpoint | undefined> {
    return this.#inTurn(partition, () => newestHead(this.#blobs, folderOf(partition)));
  }

  commit(claim: Claim, update: CheckpointUpdate): Promise<CommittedCheckpoint> {
    return this.#inTurn(claim.partition, async () => {
      const { partition, term, owner } = claim;
      const folder = folderOf(partition);
      const names = await this.#checkTerm(claim);
      const tried = this.#tried.get(partition);
      const place = { term, number: Math.max(nextNumber(names, term), tried?.term === term ? tried.number + 1 : 1) };
      const segment = segmentRef(segmentName(place), update);
      const before = update.kind === 'full' ? [] : await this.#baseSegments(partition, names, update.base);
      const { incarnation, offset, sinkCursor, storedOffset } = update;
      const segments = [...before, segment];
      const manifest = {
        format: MANIFEST_FORMAT,
        partition,
        ...place,
        owner,
        incarnation,
        offset,
        sinkCursor,
        storedOffset,
        segments,
      };
      this.#tried.set(partition, place);
      await this.#blobs.put(folder, segment.name, update.segment);
      await this.#checkTerm(claim);
      if (!(await this.#blobs.create(folder, manifestName(place), encodeManifest(manifest)))) {
        throw claimLost(partition, term, greatestTerm(await this.#blobs.list(folder)));
      }
      this.#bases.set(partition, manifest);
      const damaged = this.#damaged.get(partition) ?? new Set();
      await pruneFolder(this.#blobs, folder, { term, retained: this.#retained, damaged });
      return { id: place, segments: segments.length, bytes: segments.reduce((sum, { bytes }) => sum + bytes, 0) };
    });
  }

  inspect(partition: number): Promise<CheckpointInspection> {
    return this.#inTurn(partition, () => inspectFolder(this.#blobs, partition));
  }

  async partitions(): Promise<readonly number[]> {
    if (this.#closing !== undefined) throw checkpointsClosed();
    const found = (await this.#blobs.folders()).map(partitionOf).filter((partition) => partition !== undefined);
    return found.sort((a, b) => a - b);
  }

  close(): Promise<void> {
    this.#closing ??= Promise.allSettled(this.#queues.values()).then(() => this.#blobs.close());
    return this.#closing;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  async #checkTerm({ partition, term }: Claim): Promise<readonly string[]> {
    const names = await this.#blobs.list(folderOf(partition));
    const greatest = greatestTerm(names);
    if (greatest > term) throw claimLost(partition, term, greatest);
    return names;
  }

  async #baseSegments(
    partition: number,
    names: readonly string[],
    id: CheckpointId | undefined,
  ): Promise<readonly SegmentRef[]> {
    const base = await this.#base(partition, id);
    if (base === undefined) throw baseMissing(partition, 'there is none');
    const gone = base.segments.find(({ name }) => !names.includes(name));
    if (gone !== undefined) throw baseMissing(partition, `${gone.name} of its base is gone`);
    return base.segments;
  }

  async #base(partition: number, id: CheckpointId | undefined): Promise<Manifest | undefined> {
    const known = this.#bases.get(partition);
    if (id === undefined) return known ?? (await loadNewest(this.#blobs, folderOf(partition)))?.manifest;
    if (known?.term === id.term && known.number === id.number) return known;
    const bytes = await this.#blobs.get(folderOf(partition), manifestName(id));
    const manifest = bytes && decodeManifest(bytes);
    return manifest === undefined || 'wrong' in manifest ? undefined : manifest;
  }

  #inTurn<T>(partition: number, run: () => Promise<T>): Promise<T> {
    if (this.#closing !== undefined) return Promise.reject(checkpointsClosed());
    const turn = (this.#queues.get(partition) ?? Promise.resolve()).then(run, run);
    this.#queues.set(partition, turn);
    const forget = () => {
      if (this.#queues.get(partition) === turn) this.#queues.delete(partition);
    };
    turn.then(forget, forget);
    return turn;
  }
}

/** What a manifest says of a segment. */
function segmentRef(name: string, { kind, segment, headBytes = segment.length }: CheckpointUpdate): SegmentRef {
  const headCrc32 = crc32(segment.subarray(0, headBytes));
  const whole = { name, kind, bytes: segment.length, crc32: crc32(segment.subarray(headBytes), headCrc32) };
  return headBytes < segment.length ? { ...whole, headBytes, headCrc32 } : whole;
}

/** The number of the next manifest of a term, above that of any object of the term. */
function nextNumber(names: readonly string[], term: number): number {
  return names.reduce((next, name) => {
    const place = manifestPlace(name);
    return place?.term === term ? Math.max(next, place.number + 1) : next;
  }, 1);
}
