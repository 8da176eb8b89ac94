import { describe, expect, it } from 'vitest';
import { offsetsOf } from '../record-outcomes.ts';
import { allExtents, type LogHarness, readAll, readEntries, record, show, useLog, weightOf } from './log-harness.ts';

/** Dropping old records. */
export function describeTrimming(harness: LogHarness): void {
  const granularity = harness.trimGranularity ?? 1;
  const appends = 4 * granularity;

  describe('trimming', () => {
    const log = useLog(harness, 3);
    const fill = async () => {
      const groups = Array.from({ length: appends }, (_, i) => [record(0, `a${i}`, 1), record(1, `b${i}`, 1)]);
      await Promise.all(groups.map((group) => log.current.append(group)));
    };

    it('drops what it may and nothing else', async () => {
      await fill();
      const keepFrom = 3 * granularity;
      await log.current.trim(
        new Map([
          [0, keepFrom],
          [1, keepFrom + granularity],
        ]),
      );
      const [first, second, third] = await allExtents(log.current);
      expect(first?.start).toBeGreaterThan(keepFrom - granularity);
      expect(first?.start).toBeLessThanOrEqual(keepFrom);
      expect(second?.start).toBeGreaterThan(keepFrom - granularity);
      expect(second?.start).toBeLessThanOrEqual(keepFrom + granularity);
      expect(third).toEqual({ start: 0, end: 0, weight: weightOf(harness, 0) });
      expect(first).toMatchObject({ end: appends, weight: weightOf(harness, appends) });
      const read = await readAll(log.current, new Map([[0, keepFrom]]));
      expect(read[0]).toBe(`0/${keepFrom} a${keepFrom}`);
      expect(read).toHaveLength(appends - keepFrom);
    });

    it('keeps all of a partition that was not named', async () => {
      await fill();
      await log.current.trim(new Map([[0, appends]]));
      expect((await log.current.extents([1])).get(1)?.start).toBe(0);
      expect(await readAll(log.current, new Map([[1, 0]]))).toHaveLength(appends);
    });

    it('refuses readers of what is gone, and finds no such record', async () => {
      await fill();
      const keepFrom = 2 * granularity;
      await log.current.trim(
        new Map([
          [0, keepFrom],
          [1, keepFrom],
        ]),
      );
      await expect(log.current.openReader(new Map([[0, 0]]))).rejects.toMatchObject({
        id: 'LOG_TRUNCATED',
        metadata: { partition: '0', offset: '0' },
      });
      expect(await log.current.readAt(0, 0)).toBeUndefined();
    });

    it('halts a partition whose reader fell behind, once, and goes on with the others', async () => {
      await fill();
      await log.current.append([record(2, 'other')]);
      await using reader = await log.current.openReader(new Map([[0, 0]]));
      await log.current.trim(
        new Map([
          [0, appends - granularity],
          [1, appends - granularity],
          [2, 1],
        ]),
      );
      const { entries, halted } = await reader.poll({ maxBytes: 1000 });
      expect(entries).toEqual([]);
      expect(halted).toEqual([{ partition: 0, error: expect.objectContaining({ id: 'LOG_TRUNCATED' }) }]);
      await reader.assign(new Map([[2, 1]]));
      await log.current.append([record(0, 'not read any more'), record(2, 'next')]);
      const next = await reader.poll({ maxBytes: 1000 });
      expect([next.entries.map(show), next.halted]).toEqual([['2/1 next'], []]);
      // It can be assigned anew, where the log begins now.
      await reader.assign(new Map([[0, appends]]));
      expect(await readEntries(reader, 1)).toEqual([`0/${appends} not read any more`]);
    });

    it('goes on numbering, and gives space back', async () => {
      await fill();
      const full = await log.current.sizeBytes();
      await log.current.trim(
        new Map([
          [0, appends],
          [1, appends],
        ]),
      );
      expect(await log.current.sizeBytes()).toBeLessThanOrEqual(full / 2);
      expect(offsetsOf(await log.current.append([record(0, 'next')]))).toEqual([appends]);
    });

    const { reopen } = harness;
    if (reopen !== undefined) {
      it('stays trimmed after it was closed and opened again', async () => {
        await fill();
        await log.current.trim(
          new Map([
            [0, 2 * granularity],
            [1, 2 * granularity],
          ]),
        );
        const before = await allExtents(log.current);
        log.current = await reopen(log.current);
        expect(await allExtents(log.current)).toEqual(before);
        expect(before[0]?.start).toBeGreaterThan(0);
        const read = await readAll(log.current, new Map([[0, before[0]?.start ?? 0]]));
        expect(read).toHaveLength(appends - (before[0]?.start ?? 0));
      });
    }
  });
}
