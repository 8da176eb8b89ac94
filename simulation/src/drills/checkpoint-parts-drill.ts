import { crc32 } from 'node:zlib';
import type { CheckpointUpdate, Claim, LoadTarget } from '@isotherm/checkpoint';
import { type BlobStore, createBlobCheckpoints, readerOfBytes } from '@isotherm/checkpoint/internals';
import { createBlobDisk } from '../fakes/blob-disk.ts';
import type { Drill } from './drill.ts';

/** What a load put into place of one segment. */
interface Placed {
  readonly head: string;
  readonly body: readonly Uint8Array[];
}

const INCARNATION = '0191a2b3c4d50003';
const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex');

/**
 * Checkpoints read in parts: a segment's head tells where its body belongs, and is never believed before it is checked.
 * What commits cost, how many checkpoints are kept by default, and what an inspection sees.
 */
export async function drillCheckpointParts(drill: Drill): Promise<void> {
  const { prng, settled, same } = drill;
  const disk = createBlobDisk({ faults: drill.faults });
  const process = drill.spawn('owner');
  const partition = prng.below(100_000);
  const folder = `partition-${String(partition).padStart(5, '0')}`;
  const raw = disk.open(drill.spawn('raw'));
  let segmentReads = 0;
  let openReaders = 0;
  let listings = 0;
  const store = readInParts(drill, disk.open(process), {
    onSegment: () => {
      segmentReads += 1;
    },
    onReader: (more) => {
      openReaders += more;
    },
    onList: () => {
      listings += 1;
    },
  });
  const owner = createBlobCheckpoints(store, { runtime: process });
  const claim: Claim = await settled(owner.claim(partition, 'owner'));
  /** Updates by commit. */
  const updates: CheckpointUpdate[] = [];

  function drawUpdate(kind: 'full' | 'delta'): CheckpointUpdate {
    const segment = Uint8Array.from({ length: prng.below(60) }, () => prng.below(256));
    const heads = prng.chance(0.3) ? {} : { headBytes: prng.below(segment.length + 1) };
    return { kind, incarnation: INCARNATION, offset: prng.below(99), sinkCursor: prng.below(99), segment, ...heads };
  }

  /** The segments that the newest checkpoint of the first so many commits is made of. */
  function chainOf(commits: number): readonly CheckpointUpdate[] {
    const made = updates.slice(0, commits);
    return made.slice(made.findLastIndex(({ kind }) => kind === 'full'));
  }

  async function checkLoad(commits: number): Promise<void> {
    const chain = chainOf(commits);
    const target = createTarget(drill);
    const loaded = await settled(createBlobCheckpoints(store, { runtime: process }).load(partition, target));
    const heads = chain.map(({ segment, headBytes = segment.length }) => hex(segment.subarray(0, headBytes)));
    same(
      'heads of the newest good checkpoint are loaded',
      loaded && { heads: loaded.segments.map(hex), sizes: loaded.segmentBytes, bytes: loaded.bytes },
      {
        heads,
        sizes: chain.map(({ segment }) => segment.length),
        bytes: chain.reduce((sum, { segment }) => sum + segment.length, 0),
      },
    );
    same(
      'bodies are where their heads said',
      target.placed.map(({ head, body }) => [head, hex(Buffer.concat(body))]),
      chain.map(({ segment, headBytes = segment.length }, i) => [heads[i], hex(segment.subarray(headBytes))]),
    );
    same('whoever opens an object closes it', openReaders, 0);
    const known = new Set(
      updates.map(({ segment, headBytes = segment.length }) => hex(segment.subarray(0, headBytes))),
    );
    const believed = target.heads.filter((head) => !known.has(head));
    same('no head is believed that is not good', believed, []);
  }

  for (let i = 0; i < 4 + prng.below(4); i++) {
    const update = drawUpdate(i === 0 || prng.chance(0.3) ? 'full' : 'delta');
    segmentReads = 0;
    await settled(owner.commit(claim, update));
    same('a commit reads no segment', segmentReads, 0);
    updates.push(update);
    await checkLoad(updates.length);
  }
  const manifestsOf = async () =>
    (await settled(raw.list(folder))).filter((name) => name.startsWith('manifest')).sort();
  same('two checkpoints are kept if nothing else is said', (await manifestsOf()).length, 2);
  await checkInspection();
  await checkDamaged();
  await checkTurns();
  await settled(Promise.resolve(owner[Symbol.asyncDispose]()));
  same('closed is closed', await drill.errorOf(() => owner.inspect(partition)), 'CHECKPOINTS_CLOSED');

  /** Calls of a partition that come at once are served one after the other. */
  async function checkTurns(): Promise<void> {
    const [first, second] = [drawUpdate('full'), drawUpdate('delta')];
    updates.push(first, second);
    const sizes = await settled(Promise.all([owner.commit(claim, first), owner.commit(claim, second)]));
    const [bytes, more] = [first.segment.length, second.segment.length];
    const wanted = [
      { segments: 1, bytes },
      { segments: 2, bytes: bytes + more },
    ];
    same('a commit goes on from the one before', sizes, wanted);
    await checkLoad(updates.length);
  }

  async function checkInspection(): Promise<void> {
    await settled(raw.put(folder, 'segment-0000000001-0000000099', Uint8Array.of(1)));
    const found = await settled(owner.inspect(partition));
    const names = (await manifestsOf()).reverse();
    same(
      'an inspection sees what there is',
      {
        ...found,
        manifests: found.manifests.map(({ name, fault, segments, manifest }) => [
          name,
          fault ?? '',
          segments.map(({ kind, bytes }) => [kind, bytes]),
          manifest?.segments.map((ref) => [ref.crc32, ref.headBytes, ref.headCrc32]),
          manifest?.offset,
        ]),
      },
      {
        partition,
        term: 1,
        owner: 'owner',
        manifests: names.map((name, back) => [
          name,
          '',
          chainOf(updates.length - back).map(({ kind, segment }) => [kind, segment.length]),
          chainOf(updates.length - back).map(({ segment, headBytes = segment.length }) =>
            headBytes < segment.length
              ? [crc32(segment), headBytes, crc32(segment.subarray(0, headBytes))]
              : [crc32(segment), undefined, undefined],
          ),
          updates.at(-1 - back)?.offset,
        ]),
        unusedSegments: ['segment-0000000001-0000000099'],
      },
    );
  }

  /** The newest segment is damaged: one before it is loaded, from its beginning. */
  async function checkDamaged(): Promise<void> {
    const full = drawUpdate('full');
    const base = full.segment.length > 0 ? full : { ...full, segment: Uint8Array.of(5), headBytes: prng.below(2) };
    await settled(owner.commit(claim, base));
    updates.push(base);
    const name = `segment-0000000001-${String(updates.length).padStart(10, '0')}`;
    const bytes = (await settled(raw.get(folder, name)))!;
    if (prng.chance(0.2)) await settled(raw.remove(folder, [name]));
    else if (prng.chance(0.4)) await settled(raw.put(folder, name, bytes.slice(0, prng.below(bytes.length))));
    else {
      const at = prng.below(bytes.length);
      bytes[at] = bytes[at]! ^ (1 << prng.below(8));
      await settled(raw.put(folder, name, bytes));
    }
    listings = 0;
    await checkLoad(updates.length - 1);
    same('a folder that nobody changes is looked at again once', listings, 2);
    const { manifests } = await settled(owner.inspect(partition));
    same(
      'an inspection sees what is wrong',
      manifests.map(({ fault }) => fault !== undefined),
      [true, false],
    );
  }
}

/** A target that notes what it is given, and hands out places in pieces. */
function createTarget({ prng }: Drill): LoadTarget & { readonly placed: Placed[]; readonly heads: string[] } {
  const heads: string[] = [];
  const placed: Placed[] = [];
  return {
    heads,
    placed,
    begin() {
      placed.length = 0;
    },
    place(head, bodyBytes) {
      const body: Uint8Array[] = [];
      for (let left = bodyBytes; left > 0; ) {
        const piece = new Uint8Array(1 + prng.below(left));
        body.push(piece);
        left -= piece.length;
      }
      heads.push(hex(head));
      placed.push({ head: hex(head), body });
      return body;
    },
  };
}

/** A store that reads objects in parts, or not, and tells what is read. */
function readInParts(
  { prng }: Drill,
  store: BlobStore,
  on: { readonly onSegment: () => void; readonly onReader: (more: number) => void; readonly onList: () => void },
): BlobStore {
  const get: BlobStore['get'] = (folder, name) => {
    if (name.startsWith('segment')) on.onSegment();
    return store.get(folder, name);
  };
  const open: NonNullable<BlobStore['open']> = async (folder, name) => {
    const bytes = await get(folder, name);
    if (bytes === undefined) return undefined;
    on.onReader(1);
    return {
      ...readerOfBytes(bytes),
      async close() {
        on.onReader(-1);
      },
    };
  };
  const list: BlobStore['list'] = (folder) => {
    on.onList();
    return store.list(folder);
  };
  return prng.chance(0.5) ? { ...store, get, list } : { ...store, get, list, open };
}
