import { describe, expect, it } from 'vitest';
import type { LogReader } from '../log.ts';
import { type LogHarness, readEntries, record, show, useLog } from './log-harness.ts';

/** Partitions that come to a reader and leave it while it reads others. */
export function describeAssigning(harness: LogHarness): void {
  describe('assigning', () => {
    const log = useLog(harness, 4);
    const appendTo = (partition: number, ...texts: readonly string[]) =>
      log.current.append(texts.map((text) => record(partition, text)));

    it('begins with nothing, and reads what it is given', async () => {
      await appendTo(0, 'a', 'b');
      await using reader = await log.current.openReader();
      expect((await reader.poll({ maxBytes: 1000, waitMs: 0 })).entries).toEqual([]);
      await reader.assign(new Map([[0, 1]]));
      expect(await readEntries(reader, 1)).toEqual(['0/1 b']);
    });

    it('wakes a poll that waits: for records that are there, and for those that come', async () => {
      await appendTo(0, 'old');
      await using reader = await log.current.openReader(new Map([[1, 0]]));
      const polled = reader.poll({ maxBytes: 1000 });
      await reader.assign(new Map([[0, 0]]));
      expect((await polled).entries.map(show)).toEqual(['0/0 old']);
      const again = reader.poll({ maxBytes: 1000 });
      await reader.assign(new Map([[2, 0]]));
      await appendTo(2, 'new');
      expect((await again).entries.map(show)).toEqual(['2/0 new']);
    });

    it('ends a partition while a poll waits', async () => {
      await using reader = await log.current.openReader(
        new Map([
          [0, 0],
          [1, 0],
        ]),
      );
      const polled = reader.poll({ maxBytes: 1000 });
      reader.unassign([0, 3]);
      await appendTo(0, 'not read');
      await appendTo(1, 'read');
      expect((await polled).entries.map(show)).toEqual(['1/0 read']);
      await reader.assign(new Map([[0, 0]]));
      expect(await readEntries(reader, 1)).toEqual(['0/0 not read']);
    });

    it('reads on with the others at their places when a partition with a long past is assigned', async () => {
      const past = Array.from({ length: 300 }, (_, i) => `past ${i}`);
      for (const text of past) await appendTo(0, text);
      await using reader = await log.current.openReader(new Map([[1, 0]]));
      await appendTo(1, 'a');
      expect(await readEntries(reader, 1)).toEqual(['1/0 a']);
      await reader.assign(new Map([[0, 0]]));
      const seen: string[] = [];
      for (let i = 0; i < 40; i++) {
        await log.current.append([record(1, `b${i}`), record(0, `now ${i}`)]);
        seen.push(...(await poll(reader)));
        if (i === 20) reader.unassign([1]);
      }
      while (!seen.includes('0/339 now 39')) seen.push(...(await poll(reader)));
      const own = (partition: number) => seen.filter((entry) => entry.startsWith(`${partition}/`));
      const now = Array.from({ length: 40 }, (_, i) => `0/${300 + i} now ${i}`);
      expect(own(0)).toEqual([...past.map((text, i) => `0/${i} ${text}`), ...now]);
      expect(own(1)).toEqual(Array.from({ length: own(1).length }, (_, i) => `1/${i + 1} b${i}`));
      // They are not kept waiting until the past is read.
      const firstOfOthers = seen.findIndex((entry) => entry.startsWith('1/'));
      expect(firstOfOthers).toBeLessThan(seen.indexOf('0/299 past 299'));
      await reader.assign(new Map([[1, own(1).length + 1]]));
      const rest = 40 - own(1).length;
      expect((await readEntries(reader, rest)).at(-1)).toBe('1/40 b39');
    });

    it('assigns nothing if one of the positions is wrong', async () => {
      await appendTo(0, 'a');
      await using reader = await log.current.openReader(new Map([[1, 0]]));
      const both = (offset: number) =>
        new Map([
          [0, 0],
          [2, offset],
        ]);
      await expect(reader.assign(both(1))).rejects.toMatchObject({ id: 'LOG_BEYOND_END' });
      await expect(reader.assign(both(-1))).rejects.toMatchObject({ id: 'LOG_MISUSE' });
      await expect(reader.assign(new Map([[1, 0]]))).rejects.toMatchObject({
        id: 'LOG_MISUSE',
        message: 'Partition 1 is read already',
      });
      expect((await reader.poll({ maxBytes: 1000, waitMs: 0 })).entries).toEqual([]);
      await reader.assign(both(0));
      expect(await readEntries(reader, 1)).toEqual(['0/0 a']);
    });

    it('takes no partition once it is closed', async () => {
      const reader = await log.current.openReader();
      await reader.close();
      await expect(reader.assign(new Map([[0, 0]]))).rejects.toMatchObject({ id: 'LOG_CLOSED' });
      reader.unassign([0]);
    });
  });
}

/** One small poll. */
async function poll(reader: LogReader): Promise<string[]> {
  return (await reader.poll({ maxBytes: 40, waitMs: 0 })).entries.map(show);
}
