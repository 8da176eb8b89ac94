import { describe, expect, it } from 'vitest';
import { type CheckpointHarness, show, update, usePlace } from './checkpoint-harness.ts';

const id = (number: number) => ({ term: 1, number });

/** Full and delta commits, and what is kept of them. */
export function describeCommitting(harness: CheckpointHarness): void {
  describe('committing', () => {
    const place = usePlace(harness);

    it('has nothing before the first commit', async () => {
      expect(await place.store.load(0)).toBeUndefined();
      await place.store.claim(0, 'owner');
      expect(await place.store.load(0)).toBeUndefined();
      expect(await place.store.partitions()).toEqual([0]);
    });

    it('gives back what was committed, in order, with its head', async () => {
      const claim = await place.store.claim(7, 'owner');
      expect(await place.store.commit(claim, update('full', 10, 'base'))).toEqual({ id: id(1), segments: 1, bytes: 4 });
      expect(await place.store.commit(claim, update('delta', 20, 'a'))).toEqual({ id: id(2), segments: 2, bytes: 5 });
      expect(await place.store.commit(claim, update('delta', 30, 'bb'))).toEqual({ id: id(3), segments: 3, bytes: 7 });
      const reader = await place.another();
      const encode = (text: string) => new TextEncoder().encode(text);
      expect(await reader.load(7)).toEqual({
        id: id(3),
        incarnation: '0123456789abcdef',
        offset: 30,
        sinkCursor: 29,
        storedOffset: 28,
        segments: [encode('base'), encode('a'), encode('bb')],
        segmentBytes: [4, 1, 2],
        bytes: 7,
        passedOver: [],
      });
    });

    it('starts anew with a full commit', async () => {
      const claim = await place.store.claim(7, 'owner');
      await place.store.commit(claim, update('full', 10, 'base'));
      await place.store.commit(claim, update('delta', 20, 'a'));
      expect(await place.store.commit(claim, update('full', 30, 'compacted'))).toEqual({
        id: id(3),
        segments: 1,
        bytes: 9,
      });
      expect(await show(await place.another(), 7)).toBe('30: compacted');
    });

    it('goes on from the checkpoint the next owner finds, loaded or not', async () => {
      const claim = await place.store.claim(7, 'owner');
      await place.store.commit(claim, update('full', 10, 'base'));
      const next = await place.another();
      await next.commit(await next.claim(7, 'next'), update('delta', 20, 'a'));
      expect(await show(place.store, 7)).toBe('20: base + a');
    });

    it('refuses changes to nothing, and changes to a base that is gone', async () => {
      const claim = await place.store.claim(7, 'owner');
      const lost = { id: 'CHECKPOINT_BASE_MISSING' };
      await expect(place.store.commit(claim, update('delta', 1, 'a'))).rejects.toMatchObject(lost);
      await place.store.commit(claim, update('full', 10, 'base'));
      const gainer = await place.another();
      await gainer.load(7);
      for (let i = 0; i < 3; i++) await place.store.commit(claim, update('full', 20 + i, 'newer'));
      const gained = await gainer.claim(7, 'gainer');
      await expect(gainer.commit(gained, update('delta', 30, 'a'))).rejects.toMatchObject(lost);
      await gainer.commit(gained, update('full', 30, 'whole'));
      expect(await show(gainer, 7)).toBe('30: whole');
    });

    it('tells the newest checkpoint, whoever wrote it, and what is not readable does not count', async () => {
      expect(await place.store.newest(7)).toBeUndefined();
      const claim = await place.store.claim(7, 'owner');
      await place.store.commit(claim, update('full', 10, 'base'));
      const other = await place.another();
      const facts = { incarnation: '0123456789abcdef', sinkCursor: 9, storedOffset: 8 };
      expect(await other.newest(7)).toEqual({ ...facts, id: id(1), offset: 10 });
      await place.blobs.create('partition-00007', 'manifest-0000000001-0000000002', new Uint8Array([1]));
      expect(await other.newest(7)).toEqual({ ...facts, id: id(1), offset: 10 });
      await other.commit(await other.claim(7, 'next'), update('full', 20, 'base'));
      expect(await place.store.newest(7)).toMatchObject({ id: { term: 2, number: 1 }, offset: 20 });
    });

    it('adds a delta to the base it names, not to what was committed since', async () => {
      const loser = await place.store.claim(7, 'loser');
      await place.store.commit(loser, update('full', 10, 'base'));
      const base = (await place.store.load(7))!.id;
      await place.store.commit(loser, update('delta', 20, 'of the loser'));
      const gainer = await place.store.claim(7, 'gainer');
      await place.store.commit(gainer, { ...update('delta', 30, 'of the gainer'), base });
      expect(await show(place.store, 7)).toBe('30: base + of the gainer');
      const missing = { ...update('delta', 40, 'a'), base: { term: 1, number: 9 } };
      await expect(place.store.commit(gainer, missing)).rejects.toMatchObject({ id: 'CHECKPOINT_BASE_MISSING' });
    });

    it('keeps two manifests with all they need, and nothing else', async () => {
      const claim = await place.store.claim(2, 'owner');
      for (let i = 0; i < 4; i++) {
        await place.store.commit(claim, update('full', 10 * i + 1, `base ${i}`));
        await place.store.commit(claim, update('delta', 10 * i + 2, `delta ${i}`));
      }
      await place.store.commit(claim, update('full', 99, 'last'));
      expect([...(await place.blobs.list('partition-00002'))].sort()).toEqual([
        'claim-0000000001',
        'manifest-0000000001-0000000008',
        'manifest-0000000001-0000000009',
        'segment-0000000001-0000000007',
        'segment-0000000001-0000000008',
        'segment-0000000001-0000000009',
      ]);
    });

    it('keeps what it is told to while somebody else commits to other partitions', async () => {
      const commits = Array.from({ length: 24 }, async (_, partition) => {
        const claim = await place.store.claim(partition, 'owner');
        await place.store.commit(claim, update('full', 1, `base ${partition}`));
        await place.store.commit(claim, update('delta', 2, 'delta'));
      });
      await Promise.all(commits);
      const reader = await place.another();
      for (let partition = 0; partition < 24; partition++) {
        expect(await show(reader, partition)).toBe(`2: base ${partition} + delta`);
      }
    });

    it('serialises calls of one partition', async () => {
      const claim = await place.store.claim(5, 'owner');
      await place.store.commit(claim, update('full', 0, 'base'));
      await Promise.all(
        Array.from({ length: 10 }, (_, i) => place.store.commit(claim, update('delta', i + 1, `${i}`))),
      );
      expect(await show(place.store, 5)).toBe(`10: base + ${[...'0123456789'].join(' + ')}`);
    });

    it('shows what there is', async () => {
      const claim = await place.store.claim(5, 'somebody');
      await place.store.commit(claim, update('full', 10, 'base'));
      await place.store.commit(claim, update('delta', 20, 'delta'));
      const inspection = await place.store.inspect(5);
      expect(inspection).toMatchObject({ partition: 5, term: 1, owner: 'somebody', unusedSegments: [] });
      expect(inspection.manifests.map(({ manifest, fault }) => [manifest?.offset, fault])).toEqual([
        [20, undefined],
        [10, undefined],
      ]);
      expect(inspection.manifests[0]?.segments.map(({ kind, bytes }) => [kind, bytes])).toEqual([
        ['full', 4],
        ['delta', 5],
      ]);
    });

    it('is closed once and for all, after what was under way', async () => {
      const store = await place.another();
      const claim = await store.claim(1, 'owner');
      const commit = store.commit(claim, update('full', 1, 'base'));
      await Promise.all([store.close(), store.close()]);
      await commit;
      await expect(store.load(1)).rejects.toMatchObject({ id: 'CHECKPOINTS_CLOSED' });
      expect(await show(place.store, 1)).toBe('1: base');
    });
  });
}
