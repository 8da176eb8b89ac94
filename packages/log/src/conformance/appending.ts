import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { LogEntry } from '../log.ts';
import { offsetsOf } from '../record-outcomes.ts';
import { allExtents, type LogHarness, readAll, record, useLog, weightOf } from './log-harness.ts';

/** Order, density, weights, concurrency and the end of a log's life. */
export function describeAppending(harness: LogHarness): void {
  describe('appending', () => {
    const log = useLog(harness, 4);

    it('numbers the records of each partition from 0 without gaps, in call order', async () => {
      const groups = [
        [record(1, 'a'), record(3, 'b'), record(1, 'c')],
        [record(1, 'd')],
        [record(0, 'e'), record(3, 'f')],
      ];
      const results = await Promise.all(groups.map((group) => log.current.append(group)));
      expect(results.map(offsetsOf)).toEqual([[0, 0, 1], [2], [0, 1]]);
      expect(await readAll(log.current, new Map([[1, 0]]))).toEqual(['1/0 a', '1/1 c', '1/2 d']);
      expect(await readAll(log.current, new Map([[3, 1]]))).toEqual(['3/1 f']);
    });

    it('keeps the extent of every partition, and its weight where it keeps weights', async () => {
      await log.current.append([record(2, 'a', 5), record(2, 'b', 7), record(0, 'c')]);
      expect(await allExtents(log.current)).toEqual([
        { start: 0, end: 1, weight: weightOf(harness, 0) },
        { start: 0, end: 0, weight: weightOf(harness, 0) },
        { start: 0, end: 2, weight: weightOf(harness, 12) },
        { start: 0, end: 0, weight: weightOf(harness, 0) },
      ]);
    });

    it('counts a record as readable as soon as its append has resolved', async () => {
      for (let i = 0; i < 20; i++) {
        const offsets = offsetsOf(await log.current.append([record(0, `r${i}`)]));
        expect((await log.current.extents([0])).get(0)?.end).toBe(i + 1);
        expect((await log.current.readAt(0, offsets[0] ?? -1))?.bytes).toEqual(record(0, `r${i}`).bytes);
      }
    });

    it('takes a thousand appends at once and keeps their order', async () => {
      const results = await Promise.all(
        Array.from({ length: 1000 }, (_, i) => log.current.append([record(i % 4, `r${i}`, 1)])),
      );
      expect(results.map((outcomes) => offsetsOf(outcomes)[0])).toEqual(results.map((_, i) => Math.floor(i / 4)));
      const read = await readAll(log.current, new Map([[2, 0]]));
      expect(read).toEqual(Array.from({ length: 250 }, (_, i) => `2/${i} r${i * 4 + 2}`));
    });

    it('takes empty records and an empty group', async () => {
      expect(await log.current.append([])).toEqual([]);
      await log.current.append([record(0, ''), record(0, 'x'), record(0, '')]);
      expect(await readAll(log.current, new Map([[0, 0]]))).toEqual(['0/0 ', '0/1 x', '0/2 ']);
      expect((await log.current.readAt(0, 0))?.bytes).toEqual(new Uint8Array(0));
    });

    it('takes groups of any size', async () => {
      const bytes = new Uint8Array(3_000_000).map((_, i) => i * 31 + (i >> 8));
      await log.current.append([{ partition: 1, bytes }, record(1, 'after')]);
      // Byte by byte through the matcher takes half a second.
      expect(Buffer.compare((await log.current.readAt(1, 0))?.bytes ?? new Uint8Array(0), bytes)).toBe(0);
      expect((await log.current.readAt(1, 1))?.bytes).toEqual(record(1, 'after').bytes);
    });

    it('refuses what it cannot keep, and appends nothing of the group', async () => {
      for (const bad of [record(4, 'x'), record(-1, 'x'), record(0.5, 'x'), record(0, 'x', -1), record(0, 'x', 0.5)]) {
        await expect(log.current.append([record(0, 'good'), bad])).rejects.toMatchObject({ id: 'LOG_MISUSE' });
      }
      expect((await log.current.extents([0])).get(0)?.end).toBe(0);
    });

    it('tells of every record where it went and its append stamp, which is that of its entry', async () => {
      const outcomes = await log.current.append([record(2, 'a'), record(0, 'b'), record(2, 'c')]);
      await using reader = await log.current.openReader(new Map([0, 1, 2, 3].map((p) => [p, 0])));
      const entries: LogEntry[] = [];
      while (entries.length < 3) entries.push(...(await reader.poll({ maxBytes: 1000 })).entries);
      const places = [
        [2, 0],
        [0, 0],
        [2, 1],
      ] as const;
      for (const [i, [partition, offset]] of places.entries()) {
        const entry = entries.find((each) => each.partition === partition && each.offset === offset);
        expect(outcomes[i]).toEqual({ kind: 'kept', offset, appendMs: entry?.appendMs });
        expect((await log.current.readAt(partition, offset))?.appendMs).toBe(entry?.appendMs);
      }
    });

    it('tells the extents of the partitions named, and of no others', async () => {
      await log.current.append([record(2, 'a', 1)]);
      const extents = await log.current.extents(new Set([3, 2]));
      expect(Object.fromEntries(extents)).toMatchObject({ 2: { start: 0, end: 1 }, 3: { start: 0, end: 0 } });
      expect(extents.size).toBe(2);
      expect((await log.current.extents([])).size).toBe(0);
      await expect(log.current.extents([4])).rejects.toMatchObject({ id: 'LOG_MISUSE' });
    });

    it('says which log it is', () => {
      expect(log.current.incarnation).toMatch(/^[0-9a-f]{16}$/);
      expect(log.current.partitionCount).toBe(4);
    });

    it('takes nothing after it is closed, and closes twice as well as once', async () => {
      await log.current.append([record(0, 'x')]);
      await Promise.all([log.current.close(), log.current.close()]);
      await log.current.close();
      await expect(log.current.append([record(0, 'y')])).rejects.toMatchObject({ id: 'LOG_CLOSED' });
      await expect(log.current.extents([0])).rejects.toMatchObject({ id: 'LOG_CLOSED' });
      await expect(log.current.openReader(new Map())).rejects.toMatchObject({ id: 'LOG_CLOSED' });
    });

    it('settles what was under way when it is closed', async () => {
      const under = Array.from({ length: 50 }, (_, i) => log.current.append([record(0, `r${i}`)]));
      await log.current.close();
      const settled = await Promise.allSettled(under);
      expect(settled.filter(({ status }) => status === 'fulfilled')).toHaveLength(50);
    });
  });

  describe('append stamps', () => {
    const clock = { nowMs: 5_000_000 };
    const log = useLog(harness, { partitionCount: 3, now: () => clock.nowMs });

    it('do not fall within a partition, also where the clock goes back a little', async () => {
      for (const stepMs of [0, 10, -200_000, 5, 250_000, -1]) {
        clock.nowMs += stepMs;
        await Promise.all([0, 1, 2].map((p) => log.current.append([record(p, 'x'), record((p + 1) % 3, 'y')])));
      }
      for (const partition of [0, 1, 2]) {
        await using reader = await log.current.openReader(new Map([[partition, 0]]));
        const stamps: number[] = [];
        while (stamps.length < 12) {
          stamps.push(...(await reader.poll({ maxBytes: 1000 })).entries.map(({ appendMs }) => appendMs));
        }
        expect(stamps).toEqual([...stamps].sort((a, b) => a - b));
        expect(stamps[0]).toBeGreaterThan(0);
      }
    });
  });

  describe('settings', () => {
    const mine = new Uint8Array([1, 0, 255]);
    const log = useLog(harness, { partitionCount: 2, settings: mine });

    it('are those the log was made with', async () => {
      expect([...log.current.settings]).toEqual([...mine]);
      const { reopen } = harness;
      if (reopen === undefined) return;
      log.current = await reopen(log.current, new Uint8Array([2]));
      expect([...log.current.settings]).toEqual([...mine]);
    });

    const { createTogether } = harness;
    if (createTogether !== undefined) {
      it('are the same for all who make a log at once', async () => {
        const options = [1, 2, 3, 4].map((n) => ({ partitionCount: 2, settings: new Uint8Array([n]) }));
        const logs = await createTogether(options);
        expect(new Set(logs.map(({ settings }) => [...settings].join()))).toHaveProperty('size', 1);
        expect(new Set(logs.map(({ incarnation }) => incarnation))).toHaveProperty('size', 1);
        for (const each of logs) await each.close();
      });
    }
  });

  describe('appending anything', () => {
    const log = useLog(harness, 5);

    it('gives every partition back in order, byte for byte', async () => {
      const groupOf = fc.array(fc.tuple(fc.nat(4), fc.uint8Array({ maxLength: 300 })), { maxLength: 20 });
      const appended: Uint8Array[][] = [[], [], [], [], []];
      await fc.assert(
        fc.asyncProperty(fc.array(groupOf, { maxLength: 8 }), async (groups) => {
          for (const group of groups) for (const [partition, bytes] of group) appended[partition]?.push(bytes);
          await Promise.all(
            groups.map((group) => log.current.append(group.map(([partition, bytes]) => ({ partition, bytes })))),
          );
        }),
        { numRuns: 30 },
      );
      const read: Uint8Array[][] = [[], [], [], [], []];
      await using reader = await log.current.openReader(new Map([0, 1, 2, 3, 4].map((p) => [p, 0])));
      for (;;) {
        const { entries } = await reader.poll({ maxBytes: 5_000, waitMs: 0 });
        if (entries.length === 0) break;
        for (const { partition, offset, bytes } of entries) {
          expect(offset).toBe(read[partition]?.length);
          read[partition]?.push(bytes.slice());
        }
      }
      expect(read).toEqual(appended);
    });
  });
}
