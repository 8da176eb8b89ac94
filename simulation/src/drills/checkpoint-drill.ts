import { crc32 } from 'node:zlib';
import type { CheckpointUpdate, Claim } from '@isotherm/checkpoint';
import { type BlobStore, createBlobCheckpoints } from '@isotherm/checkpoint/internals';
import { createBlobDisk } from '../fakes/blob-disk.ts';
import { drillCheckpointParts } from './checkpoint-parts-drill.ts';
import type { Drill } from './drill.ts';
import { manifestText, NONSENSE_MANIFESTS } from './manifest-format.ts';

/** A commit that was made. */
interface Known {
  readonly name: string;
  readonly update: CheckpointUpdate;
  /** Names and contents of its segments. */
  readonly segments: readonly (readonly [string, Uint8Array])[];
  readonly owner: string;
  readonly term: number;
}

const pad = (value: number) => String(value).padStart(10, '0');
const FOREIGN = ['manifest-1-1', 'claim-9', 'segment-0000000001', 'notes.txt'];

/** Checkpoints of one partition: committed, pruned, damaged, claimed by others in the middle of everything. */
export async function drillCheckpoints(drill: Drill): Promise<void> {
  await drillCheckpointParts(drill);
  const { prng, settled, same, errorOf } = drill;
  const disk = createBlobDisk({ faults: drill.faults });
  const partition = prng.pick([0, 7, 12_345, 123_456]);
  const folder = `partition-${String(partition).padStart(5, '0')}`;
  const raw = disk.open(drill.spawn('raw'));
  let closed = 0;
  /** Called before a call of the store, with its name and the object's. */
  let before: (call: string, name: string) => Promise<void> = async () => undefined;
  const open = (retainedManifests: number | undefined) => {
    const process = drill.spawn('owner');
    closed = 0;
    const store = hooked(
      disk.open(process),
      (call, name) => before(call, name),
      () => {
        closed += 1;
      },
    );
    return createBlobCheckpoints(store, {
      runtime: process,
      ...(retainedManifests === undefined ? {} : { retainedManifests }),
    });
  };
  const asked = prng.pick([undefined, 1, 2, 3, 4]);
  const retained = Math.max(2, asked ?? 2);
  let owner = open(asked);
  let claim: Claim = { partition, term: 0, owner: '' };
  const known: Known[] = [];
  let foreign: string[] = [];
  let number = 0;

  const drawUpdate = (kind: 'full' | 'delta'): CheckpointUpdate => ({
    kind,
    incarnation: '0191a2b3c4d50003',
    offset: prng.below(1_000),
    sinkCursor: prng.below(1_000),
    segment: Uint8Array.from({ length: prng.below(40) }, () => prng.below(256)),
  });

  async function commit(kind: 'full' | 'delta', base: Known | undefined): Promise<void> {
    const update = drawUpdate(kind);
    number += 1;
    const place = `${pad(claim.term)}-${pad(number)}`;
    const before = kind === 'full' ? [] : base!.segments;
    const segments = [...before, [`segment-${place}`, update.segment] as const];
    const done = await settled(owner.commit(claim, update));
    const bytes = segments.reduce((sum, [, content]) => sum + content.length, 0);
    same('a commit tells its size', done, { segments: segments.length, bytes });
    known.push({ name: `manifest-${place}`, update, segments, owner: claim.owner, term: claim.term });
  }

  async function takeOver(by: string): Promise<void> {
    owner = open(asked);
    claim = await settled(owner.claim(partition, by));
    number = 0;
  }

  async function checkFolder(): Promise<void> {
    const kept = known.slice(-retained);
    const names = new Set(kept.flatMap(({ name, segments }) => [name, ...segments.map(([segment]) => segment)]));
    names.add(`claim-${pad(claim.term)}`);
    for (const name of foreign) names.add(name);
    same('what is kept is what is needed', [...(await settled(raw.list(folder)))].sort(), [...names].sort());
    for (const one of kept) {
      const found = await settled(raw.get(folder, one.name));
      const wanted = manifestText({
        ...one.update,
        partition,
        name: one.name,
        term: one.term,
        owner: one.owner,
        segments: one.segments,
        newest: one.update.kind,
      });
      const text = Buffer.from(found ?? []).toString();
      same('a manifest is as documented', normal(text), normal(wanted));
    }
  }

  async function checkLoad(wanted: Known | undefined, passedOver: readonly string[]): Promise<void> {
    const loaded = await settled(open(undefined).load(partition));
    const told = loaded && { ...loaded, segments: loaded.segments.map((each) => Buffer.from(each).toString('hex')) };
    same(
      'the newest good checkpoint is loaded',
      told && { ...told, passedOver: told.passedOver.map((line) => line.split(':')[0]) },
      wanted && {
        incarnation: wanted.update.incarnation,
        offset: wanted.update.offset,
        sinkCursor: wanted.update.sinkCursor,
        segments: wanted.segments.map(([, content]) => Buffer.from(content).toString('hex')),
        segmentBytes: wanted.segments.map(([, content]) => content.length),
        bytes: wanted.segments.reduce((sum, [, content]) => sum + content.length, 0),
        passedOver,
      },
    );
  }

  await checkLoad(undefined, []);
  same('nobody has a folder yet', await settled(owner.partitions()), []);
  foreign = FOREIGN.filter(() => prng.chance(0.5));
  for (const name of foreign) await settled(raw.put(folder, name, Uint8Array.of(1)));
  await takeOver('first');
  same('the first term', claim, { partition, term: 1, owner: 'first' });
  same(
    'a delta needs a base',
    await errorOf(() => owner.commit(claim, drawUpdate('delta'))),
    'CHECKPOINT_BASE_MISSING',
  );
  await settled(raw.put('lost+found', 'x', Uint8Array.of(1)));
  await settled(raw.put(`partition-${prng.below(9)}`, 'x', Uint8Array.of(1)));
  await settled(raw.put('partition-00003', 'notes.txt', Uint8Array.of(1)));
  same(
    'partitions are told by their folders',
    await settled(owner.partitions()),
    [...new Set([3, partition])].sort((a, b) => a - b),
  );
  await commit('full', undefined);
  for (let commits = 1 + prng.below(6); commits > 0; commits--) {
    await commit(prng.chance(0.3) ? 'full' : 'delta', known.at(-1));
    await checkFolder();
    await checkLoad(known.at(-1), []);
  }
  await drillTakeOver();
  await drillDamage();
  await drillNonsense();
  const gone = known.at(-1)!.segments[0]![0];
  await settled(raw.remove(folder, [gone]));
  same(
    'a base that is gone is no base',
    await errorOf(() => owner.commit(claim, drawUpdate('delta'))),
    'CHECKPOINT_BASE_MISSING',
  );
  await commit('full', undefined);
  await checkLoad(known.at(-1), []);
  const last = owner.commit(claim, drawUpdate('full'));
  await settled(owner.close());
  await settled(owner.close());
  same('a store is closed once', closed, 1);
  same('closing waits for what was begun', (await settled(last)).segments, 1);
  same(
    'closed is closed',
    [await errorOf(() => owner.load(partition)), await errorOf(() => owner.partitions())],
    ['CHECKPOINTS_CLOSED', 'CHECKPOINTS_CLOSED'],
  );

  /** Others claim the partition: before a commit, in the middle of one, and two at once. */
  async function drillTakeOver(): Promise<void> {
    const [old, oldClaim] = [owner, claim];
    await takeOver('second');
    same('a later claim has a greater term', [claim.term, claim.owner], [oldClaim.term + 1, 'second']);
    same('a lost claim commits nothing', await errorOf(() => old.commit(oldClaim, drawUpdate('full'))), 'CLAIM_LOST');
    // Without a load the newest manifest there is is the base.
    await commit('delta', known.at(-1));
    await checkFolder();
    for (const moment of ['put', 'create'] as const) {
      const [late, lateClaim] = [owner, claim];
      let next: Claim | undefined;
      const other = open(asked);
      before = async (call, name) => {
        if (call !== moment || !name.startsWith(moment === 'put' ? 'segment' : 'manifest')) return;
        before = async () => undefined;
        next = await other.claim(partition, 'third');
        // The slower one's name is taken, as by an unclear answer of its own.
        if (moment === 'create') await raw.create(folder, name, Uint8Array.of(1));
      };
      same(
        'a claim in the middle of a commit wins',
        await errorOf(() => late.commit(lateClaim, drawUpdate('full'))),
        'CLAIM_LOST',
      );
      owner = other;
      claim = next!;
      number = 0;
      await checkLoad(
        known.at(-1),
        moment === 'put'
          ? []
          : [`manifest-${pad(lateClaim.term)}-${pad(known.filter(({ term }) => term === lateClaim.term).length + 1)}`],
      );
      await settled(owner.load(partition));
      await commit('full', undefined);
      await checkLoad(known.at(-1), []);
    }
    const rivals = [open(asked), open(asked)];
    const claims = await settled(Promise.allSettled(rivals.map((rival, i) => rival.claim(partition, `rival ${i}`))));
    const terms = claims.flatMap((each) => (each.status === 'fulfilled' ? [each.value.term] : []));
    same('of claims at once one is good', new Set(terms).size, terms.length);
    await takeOver('fourth');
    drill.violations.expect(
      terms.every((term) => term < claim.term),
      'terms rise',
      () => `${terms}, ${claim.term}`,
    );
    for (let i = 0; i < retained; i++) await commit('full', undefined);
    await checkFolder();
  }

  /** The newest checkpoints are damaged: the one before is loaded, and never pushed out by what cannot be used. */
  async function drillDamage(): Promise<void> {
    const good = known.at(-2)!;
    const bad = known.at(-1)!;
    const name = prng.chance(0.5) ? bad.name : bad.segments.at(-1)![0];
    const bytes = (await settled(raw.get(folder, name)))!;
    if (bytes.length === 0 || prng.chance(0.2)) await settled(raw.remove(folder, [name]));
    else if (prng.chance(0.3)) await settled(raw.put(folder, name, bytes.slice(0, prng.below(bytes.length))));
    else {
      const at = prng.below(bytes.length);
      bytes[at] = bytes[at]! ^ (1 << prng.below(8));
      await settled(raw.put(folder, name, bytes));
    }
    const manifestLost = !(await settled(raw.list(folder))).includes(bad.name);
    await checkLoad(good, manifestLost ? [] : [bad.name]);
    owner = open(asked);
    claim = await settled(owner.claim(partition, 'fifth'));
    number = 0;
    await settled(owner.load(partition));
    known.splice(known.indexOf(bad), 1);
    await commit('delta', good);
    const names = await settled(raw.list(folder));
    const kept = known.slice(-retained).filter((one) => !names.includes(one.name));
    same(
      'what recovery can fall back to is kept',
      kept.map((one) => one.name),
      [],
    );
    await checkLoad(known.at(-1), []);
    for (let i = 0; i < retained; i++) await commit('full', undefined);
    await checkFolder();
    // The owner prunes while somebody loads: who loads looks again.
    let prunes = 2;
    before = async (call, object) => {
      if (call !== 'get' || prunes === 0 || !object.startsWith('segment')) return;
      prunes -= 1;
      const hook = before;
      before = async () => undefined;
      for (let i = 0; i <= retained; i++) {
        const update = drawUpdate('full');
        number += 1;
        const place = `${pad(claim.term)}-${pad(number)}`;
        await owner.commit(claim, update);
        known.push({
          name: `manifest-${place}`,
          update,
          segments: [[`segment-${place}`, update.segment]],
          owner: claim.owner,
          term: claim.term,
        });
      }
      before = hook;
    };
    const loaded = await settled(open(undefined).load(partition));
    before = async () => undefined;
    const newest = known.at(-1)!.update;
    same('who loads while the owner prunes gets the newest', [loaded?.offset, loaded?.passedOver], [newest.offset, []]);
  }

  /** Manifests whose checksum is right and whose content is not. */
  async function drillNonsense(): Promise<void> {
    const base = known.at(-1)!;
    const place = { term: claim.term, number: number + 1 };
    const sound = {
      format: 1,
      partition,
      ...place,
      owner: 'x',
      incarnation: 'y',
      offset: 1,
      sinkCursor: -1,
      segments: [
        {
          name: base.segments[0]![0],
          kind: 'full',
          bytes: base.segments[0]![1].length,
          crc32: crc32(base.segments[0]![1]),
        },
      ],
    };
    const name = `manifest-${pad(place.term)}-${pad(place.number)}`;
    const put = (line: string, end = '\n') => {
      const sum = crc32(Buffer.from(line)).toString(16).padStart(8, '0');
      return settled(raw.put(folder, name, Buffer.from(`${line}${sum}${end}`)));
    };
    if (base.segments.length === 1) {
      await put(`${JSON.stringify(sound)}\n`);
      same('a sound manifest is believed', (await settled(open(undefined).load(partition)))?.sinkCursor, -1);
    }
    for (const nonsense of NONSENSE_MANIFESTS) {
      await put(`${nonsense(sound)}\n`);
      await checkLoad(base, [name]);
      const { manifests } = await settled(open(undefined).inspect(partition));
      same('nonsense is no manifest', [manifests[0]?.name, manifests[0]?.manifest], [name, undefined]);
    }
    await put(JSON.stringify(sound), '');
    await checkLoad(base, [name]);
    await settled(raw.remove(folder, [name]));
  }
}

/** A store whose calls can be waited before. */
function hooked(
  store: BlobStore,
  before: (call: string, name: string) => Promise<void>,
  closed: () => void,
): BlobStore {
  return {
    ...store,
    async close() {
      closed();
      await store.close();
    },
    get: (folder, name) => before('get', name).then(() => store.get(folder, name)),
    put: (folder, name, bytes) => before('put', name).then(() => store.put(folder, name, bytes)),
    create: (folder, name, bytes) => before('create', name).then(() => store.create(folder, name, bytes)),
  };
}

/** The same JSON with its members in order, and its checksum checked instead of compared. */
function normal(text: string): unknown {
  const [line = '', sum = ''] = text.split('\n');
  const right =
    sum ===
    crc32(Buffer.from(`${line}\n`))
      .toString(16)
      .padStart(8, '0');
  const value: unknown = line === '' ? {} : JSON.parse(line);
  return [right, Object.entries(value as object).sort(([a], [b]) => (a < b ? -1 : 1))];
}
