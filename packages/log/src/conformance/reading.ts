import { describe, expect, it } from 'vitest';
import { offsetsOf } from '../record-outcomes.ts';
import { allExtents, type LogHarness, readAll, readEntries, record, show, useLog } from './log-harness.ts';

/** Positions, waiting, limits and reopening. */
export function describeReading(harness: LogHarness): void {
  describe('reading', () => {
    const log = useLog(harness, 4);

    it('starts each partition where it is told', async () => {
      for (let i = 0; i < 100; i++) await log.current.append([record(0, `a${i}`), record(1, `b${i}`)]);
      const read = await readAll(
        log.current,
        new Map([
          [0, 97],
          [1, 99],
          [2, 0],
        ]),
      );
      expect(read.sort()).toEqual(['0/97 a97', '0/98 a98', '0/99 a99', '1/99 b99']);
    });

    it('refuses offsets after the end and positions that are none', async () => {
      await log.current.append([record(0, 'a')]);
      await expect(log.current.openReader(new Map([[0, 2]]))).rejects.toMatchObject({ id: 'LOG_BEYOND_END' });
      await expect(log.current.openReader(new Map([[0, -1]]))).rejects.toMatchObject({ id: 'LOG_MISUSE' });
      await expect(log.current.openReader(new Map([[9, 0]]))).rejects.toMatchObject({ id: 'LOG_MISUSE' });
      const reader = await log.current.openReader(new Map([[0, 1]]));
      await reader.close();
    });

    it('waits for the first record and wakes when it is there', async () => {
      await using reader = await log.current.openReader(new Map([[2, 0]]));
      const polled = reader.poll({ maxBytes: 1000 });
      await log.current.append([record(1, 'not asked for')]);
      await log.current.append([record(2, 'asked for')]);
      expect((await polled).entries.map(show)).toEqual(['2/0 asked for']);
    });

    it('resolves empty when its time is up or the caller gives up', async () => {
      await using reader = await log.current.openReader(new Map([[2, 0]]));
      expect(await reader.poll({ maxBytes: 1000, waitMs: 0 })).toEqual({ entries: [], corruptions: [], halted: [] });
      expect(await reader.poll({ maxBytes: 1000, waitMs: 5 })).toEqual({ entries: [], corruptions: [], halted: [] });
      const giveUp = new AbortController();
      const polled = reader.poll({ maxBytes: 1000, signal: giveUp.signal });
      giveUp.abort();
      expect((await polled).entries).toEqual([]);
      expect((await reader.poll({ maxBytes: 1000, signal: AbortSignal.abort() })).entries).toEqual([]);
      await log.current.append([record(2, 'later')]);
      expect(await readEntries(reader, 1)).toEqual(['2/0 later']);
    });

    it('gives about as many bytes as asked for, and at least one entry', async () => {
      await log.current.append(Array.from({ length: 10 }, (_, i) => record(0, `${i}`.repeat(100))));
      await using reader = await log.current.openReader(new Map([[0, 0]]));
      const sizes: number[] = [];
      for (let read = 0; read < 10; ) {
        const { entries } = await reader.poll({ maxBytes: 250 });
        sizes.push(entries.length);
        read += entries.length;
      }
      expect(sizes).toEqual([2, 2, 2, 2, 2]);
      await using tiny = await log.current.openReader(new Map([[0, 0]]));
      expect((await tiny.poll({ maxBytes: 1 })).entries).toHaveLength(1);
    });

    it('keeps the bytes of a batch as they are until the next poll, whatever is appended', async () => {
      await log.current.append([record(0, 'first'), record(0, 'second')]);
      await using reader = await log.current.openReader(new Map([[0, 0]]));
      const { entries } = await reader.poll({ maxBytes: 1000 });
      for (let i = 0; i < 50; i++) await log.current.append([record(0, 'x'.repeat(500))]);
      await log.current.readAt(0, 10);
      expect(entries.map(show)).toEqual(['0/0 first', '0/1 second']);
    });

    it('begins every record at a multiple of eight bytes, so that columns can lie over it', async () => {
      await log.current.append(Array.from({ length: 9 }, (_, i) => record(i % 4, 'x'.repeat(i))));
      await using reader = await log.current.openReader(new Map([0, 1, 2, 3].map((p) => [p, 0])));
      const { entries } = await reader.poll({ maxBytes: 1000 });
      expect(entries.map(({ bytes }) => bytes.byteOffset % 8)).toEqual(entries.map(() => 0));
    });

    it('serves several readers, each at its own pace, while records come in', async () => {
      await using fast = await log.current.openReader(new Map([[0, 0]]));
      await using slow = await log.current.openReader(
        new Map([
          [0, 0],
          [1, 0],
        ]),
      );
      const fastRead = readEntries(fast, 300);
      const slowRead = readEntries(slow, 600, 10);
      for (let i = 0; i < 300; i++) await log.current.append([record(0, `a${i}`), record(1, `b${i}`)]);
      const expected = Array.from({ length: 300 }, (_, i) => `0/${i} a${i}`);
      expect(await fastRead).toEqual(expected);
      expect((await slowRead).filter((entry) => entry.startsWith('0/'))).toEqual(expected);
    });

    it('has one consumer a reader', async () => {
      await using reader = await log.current.openReader(new Map([[0, 0]]));
      const first = reader.poll({ maxBytes: 1000 });
      await expect(reader.poll({ maxBytes: 1000 })).rejects.toMatchObject({ id: 'LOG_MISUSE' });
      await log.current.append([record(0, 'x')]);
      expect((await first).entries).toHaveLength(1);
    });

    it('ends a waiting poll when the reader or the log is closed, and none may follow', async () => {
      const reader = await log.current.openReader(new Map([[0, 0]]));
      const polled = reader.poll({ maxBytes: 1000 });
      await reader.close();
      await reader.close();
      expect((await polled).entries).toEqual([]);
      await expect(reader.poll({ maxBytes: 1000 })).rejects.toMatchObject({ id: 'LOG_CLOSED' });
      const other = await log.current.openReader(new Map([[0, 0]]));
      const waiting = other.poll({ maxBytes: 1000 });
      await log.current.close();
      expect((await waiting).entries).toEqual([]);
      await expect(other.poll({ maxBytes: 1000 })).rejects.toMatchObject({ id: 'LOG_CLOSED' });
    });

    it('reads single records, and nothing where there is none', async () => {
      for (let i = 0; i < 200; i++) await log.current.append([record(i % 3, `r${i}`), record(3, `s${i}`)]);
      for (const offset of [0, 1, 63, 64, 65, 127, 128, 199]) {
        expect((await log.current.readAt(3, offset))?.bytes).toEqual(record(3, `s${offset}`).bytes);
      }
      expect((await log.current.readAt(1, 66))?.bytes).toEqual(record(1, 'r199').bytes);
      expect(await log.current.readAt(3, 200)).toBeUndefined();
      await expect(log.current.readAt(4, 0)).rejects.toMatchObject({ id: 'LOG_MISUSE' });
    });

    const { reopen } = harness;
    if (reopen !== undefined) {
      it('has everything after it was closed and opened again', async () => {
        for (let i = 0; i < 150; i++) await log.current.append([record(i % 2, `r${i}`, i)]);
        const before = { extents: await allExtents(log.current), incarnation: log.current.incarnation };
        log.current = await reopen(log.current);
        expect({ extents: await allExtents(log.current), incarnation: log.current.incarnation }).toEqual(before);
        const offsets = offsetsOf(await log.current.append([record(1, 'after', 3)]));
        expect(offsets).toEqual([75]);
        expect((await readAll(log.current, new Map([[1, 73]]))).slice(0, 3)).toEqual([
          '1/73 r147',
          '1/74 r149',
          '1/75 after',
        ]);
      });
    }
  });
}
