import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { describeDeadLetters } from './dead-letter-conformance.ts';
import { createStoreTools, type Harness, JULY } from './harness.ts';
import { describeMinuteHistory } from './minute-history.ts';
import { describeRankings } from './rankings.ts';
import { describeRawHistory } from './raw-history.ts';
import { minuteRows } from './rows.ts';
import { describeWiderHistory } from './wider-history.ts';

/** What every analytics store does, whatever keeps its rows. Defines tests of vitest. */
export function describeAnalyticsStore(name: string, open: () => Promise<Harness>): void {
  describe(name, () => {
    let harness: Harness;
    const { write, temperatures } = createStoreTools(() => harness);

    beforeAll(async () => {
      harness = await open();
      await harness.store.migrate();
    });
    afterAll(() => harness?.dispose());

    it('migrates as often as it is told to, and keeps what is there', async () => {
      await write(1, [{ cityId: 'migrated', minute: JULY, temperature: 1 }]);
      await harness.store.migrate();
      await harness.store.migrate();
      expect(await temperatures('migrated')).toEqual([1]);
    });

    describeMinuteHistory(() => harness);
    describeWiderHistory(() => harness);
    describeRawHistory(() => harness);
    describeRankings(() => harness);
    describeDeadLetters(() => harness);

    it('takes many writers at once', async () => {
      const writers = Array.from({ length: 20 }, (_, i) =>
        write(100 + i, [{ cityId: `writer ${i % 5}`, minute: JULY + i, temperature: i }]),
      );
      await Promise.all(writers);
      const rows = await Promise.all([0, 1, 2, 3, 4].map((i) => temperatures(`writer ${i}`)));
      expect(rows.flat().sort((a, b) => Number(a) - Number(b))).toEqual(Array.from({ length: 20 }, (_, i) => i));
    });

    it('lets a caller go who no longer waits', async () => {
      const query = {
        cityId: 'gone',
        fromMs: 0,
        toMs: 1,
        resolution: 'minute',
        timeZone: 'UTC',
        limit: 1,
        after: undefined,
      } as const;
      await expect(harness.store.history(query, AbortSignal.abort())).rejects.toMatchObject({ id: 'CANCELLED' });
    });

    it('refuses an origin that is none', async () => {
      const rows = minuteRows(1, [{ cityId: 'x', minute: JULY }]);
      await expect(harness.store.writeMinuteRows({ incarnation: 'new' }, [rows])).rejects.toMatchObject({
        id: 'ANALYTICS_INCARNATION',
      });
    });
  });
}
