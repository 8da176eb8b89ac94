import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createBlobCheckpoints } from '../blob-checkpoints.ts';
import { type CheckpointHarness, show, update, usePlace } from './checkpoint-harness.ts';
import { failingBlobs } from './failing-blobs.ts';

const FOLDER = 'partition-00000';

/** Torn and flipped bytes, and ends in the middle. */
export function describeDamage(harness: CheckpointHarness): void {
  describe('damage', () => {
    const place = usePlace(harness);
    const commitThree = async () => {
      const claim = await place.store.claim(0, 'owner');
      await place.store.commit(claim, update('full', 10, 'the base'));
      await place.store.commit(claim, update('delta', 20, 'first change'));
      await place.store.commit(claim, update('delta', 30, 'second change'));
      return claim;
    };
    const newest = async (kind: 'manifest' | 'segment') => {
      const names = (await place.blobs.list(FOLDER)).filter((name) => name.startsWith(kind)).sort();
      return names.at(-1) ?? '';
    };
    const tamper = async (name: string, change: (bytes: Uint8Array) => Uint8Array) => {
      const bytes = await place.blobs.get(FOLDER, name);
      await place.blobs.put(FOLDER, name, change((bytes ?? new Uint8Array(0)).slice()));
    };

    it.each([
      ['manifest', 'does not match its checksum'],
      ['segment', 'bytes instead of'],
    ] as const)('of a torn %s: the checkpoint before it is used, and said why', async (kind, why) => {
      await commitThree();
      await tamper(await newest(kind), (bytes) => bytes.subarray(0, bytes.length - 4));
      const checkpoint = await (await place.another()).load(0);
      expect(checkpoint?.offset).toBe(20);
      expect(checkpoint?.passedOver).toHaveLength(1);
      expect(checkpoint?.passedOver[0]).toContain(why);
    });

    it('of any bit is noticed', async () => {
      await commitThree();
      for (const kind of ['manifest', 'segment'] as const) {
        const name = await newest(kind);
        const good = (await place.blobs.get(FOLDER, name)) ?? new Uint8Array(0);
        await fc.assert(
          fc.asyncProperty(fc.nat(good.length - 1), fc.nat(7), async (at, bit) => {
            await tamper(name, () => good.map((byte, i) => (i === at ? byte ^ (1 << bit) : byte)));
            expect((await place.store.load(0))?.offset).toBe(20);
          }),
          { numRuns: 15 },
        );
        await tamper(name, () => good);
        expect((await place.store.load(0))?.passedOver).toEqual([]);
      }
    });

    it('of a missing segment, an empty manifest and both at once', async () => {
      await commitThree();
      await place.blobs.remove(FOLDER, [await newest('segment')]);
      expect(await show(place.store, 0)).toBe('20: the base + first change');
      await tamper(await newest('manifest'), () => new Uint8Array(0));
      expect(await show(place.store, 0)).toBe('20: the base + first change');
    });

    it('is not built upon: changes go on top of what was loaded', async () => {
      await commitThree();
      await tamper(await newest('segment'), (bytes) => bytes.fill(0));
      const next = await place.another();
      const claim = await next.claim(0, 'next');
      expect((await next.load(0))?.passedOver).toHaveLength(1);
      await next.commit(claim, update('delta', 25, 'again'));
      expect(await show(await place.another(), 0)).toBe('25: the base + first change + again');
    });

    it('does not push out the one that recovery fell back to', async () => {
      await commitThree();
      await tamper(await newest('segment'), (bytes) => bytes.fill(0));
      const next = await place.another();
      const claim = await next.claim(0, 'next');
      await next.load(0);
      await next.commit(claim, update('full', 25, 'whole'));
      await tamper(await newest('segment'), (bytes) => bytes.fill(0));
      expect(await show(await place.another(), 0)).toBe('20: the base + first change');
    });

    it('shows in an inspection', async () => {
      await commitThree();
      await tamper(await newest('segment'), (bytes) => bytes.fill(0));
      const { manifests } = await place.store.inspect(0);
      expect(manifests[0]?.fault).toContain('does not match its checksum');
      expect(manifests[1]?.fault).toBeUndefined();
    });

    it('none, when a write that seemed lost arrives after the next one', async () => {
      let late: (() => Promise<void>) | undefined;
      const losing = createBlobCheckpoints({
        ...place.blobs,
        close: async () => undefined,
        put(folder, name, bytes) {
          if (late !== undefined) return place.blobs.put(folder, name, bytes);
          late = () => place.blobs.put(folder, name, bytes);
          return Promise.reject(new Error('no answer'));
        },
      });
      const claim = await losing.claim(0, 'owner');
      await expect(losing.commit(claim, update('full', 10, 'lost'))).rejects.toThrow('no answer');
      await losing.commit(claim, update('full', 20, 'kept'));
      await late?.();
      expect(await show(place.store, 0)).toBe('20: kept');
      await losing.commit(claim, update('delta', 30, 'more'));
      expect(await show(place.store, 0)).toBe('30: kept + more');
    });

    it.each(['before', 'after'] as const)('none, when the process ends %s any step of a commit', async (when) => {
      for (let step = 1; step <= 20; step++) {
        const partition = step;
        const claim = await place.store.claim(partition, 'owner');
        for (let i = 1; i <= 3; i++) await place.store.commit(claim, update('full', i, `base ${i}`));
        const { blobs, steps } = failingBlobs(place.blobs, { step, when });
        const dying = createBlobCheckpoints(blobs);
        const outcome = await dying.commit(claim, update('delta', 4, 'change')).then(
          () => 'kept',
          () => 'failed',
        );
        const next = await place.another();
        const found = await next.load(partition);
        expect(found?.passedOver).toEqual([]);
        expect([3, 4]).toContain(found?.offset);
        if (outcome === 'kept') expect(found?.offset).toBe(4);
        const nextClaim = await next.claim(partition, 'next');
        await next.commit(nextClaim, update('delta', 5, 'go on'));
        await next.commit(nextClaim, update('full', 6, 'whole'));
        await next.commit(nextClaim, update('delta', 7, 'end'));
        expect(await show(place.store, partition)).toBe('7: whole + end');
        expect((await next.inspect(partition)).unusedSegments).toEqual([]);
        if (outcome === 'kept' && steps() < step) return;
      }
      expect.fail('a commit has fewer steps than that');
    });
  });
}
