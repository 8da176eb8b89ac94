import { describe, expect, it } from 'vitest';
import { type CheckpointHarness, show, update, usePlace } from './checkpoint-harness.ts';

/** Terms, races and those who lost them. */
export function describeClaiming(harness: CheckpointHarness): void {
  describe('claiming', () => {
    const place = usePlace(harness);

    it('gives every claim a greater term than any before', async () => {
      const other = await place.another();
      const terms: number[] = [];
      for (let i = 0; i < 6; i++) terms.push((await (i % 2 ? other : place.store).claim(3, `owner ${i}`)).term);
      expect(terms).toEqual([1, 2, 3, 4, 5, 6]);
      expect(await place.store.claim(4, 'owner')).toEqual({ partition: 4, term: 1, owner: 'owner' });
    });

    it('has one winner a term when 32 claim at once, and only the greatest term can commit', async () => {
      for (let round = 0; round < 4; round++) {
        const stores = await Promise.all(Array.from({ length: 32 }, () => place.another()));
        const claims = await Promise.allSettled(stores.map((store, i) => store.claim(0, `owner ${i}`)));
        const winners = claims.filter((claim) => claim.status === 'fulfilled').map(({ value }) => value);
        for (const claim of claims)
          if (claim.status === 'rejected') expect(claim.reason).toMatchObject({ id: 'CLAIM_LOST' });
        expect(winners.length).toBeGreaterThan(0);
        expect(new Set(winners.map(({ term }) => term)).size).toBe(winners.length);
        const commits = await Promise.allSettled(
          winners.map((claim) => place.store.commit(claim, update('full', 10, claim.owner))),
        );
        expect(commits.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
        const last = winners.reduce((a, b) => (a.term > b.term ? a : b));
        expect(await show(place.store, 0)).toBe(`10: ${last.owner}`);
      }
    });

    it('refuses the commit of one who was overtaken, and leaves everything as it is', async () => {
      const zombie = await place.another();
      const old = await zombie.claim(1, 'zombie');
      await zombie.commit(old, update('full', 5, 'true then'));
      const claim = await place.store.claim(1, 'owner');
      await expect(zombie.commit(old, update('delta', 6, 'too late'))).rejects.toMatchObject({ id: 'CLAIM_LOST' });
      expect(await show(place.store, 1)).toBe('5: true then');
      await place.store.commit(claim, update('delta', 7, 'more'));
      await expect(zombie.commit(old, update('full', 8, 'too late'))).rejects.toMatchObject({ id: 'CLAIM_LOST' });
      expect(await show(zombie, 1)).toBe('7: true then + more');
    });

    it('lets the manifest of a greater term outrank a later one of a smaller term', async () => {
      const first = await place.store.claim(1, 'first');
      for (let i = 1; i <= 5; i++) await place.store.commit(first, update('full', i, `first ${i}`));
      const other = await place.another();
      const second = await other.claim(1, 'second');
      await other.load(1);
      await other.commit(second, update('delta', 6, 'second'));
      expect(await show(place.store, 1)).toBe('6: first 5 + second');
    });
  });
}
