import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { useDirectory } from '../../test-support/temporary-log.ts';
import { record, show } from '../conformance/log-harness.ts';
import type { LogReader } from '../log.ts';
import { offsetsOf } from '../record-outcomes.ts';
import type { LmdbLog } from './lmdb-log.ts';
import { openLmdbLog } from './open-lmdb-log.ts';

const directory = useDirectory();
const openLog = () => openLmdbLog({ path: directory.path, partitionCount: 3, mode: 'writer' });

/** Commits 0 to count − 1: each with a record of partition 0, every other one with two of partition 1. */
async function fill(count: number): Promise<void> {
  await using log = await openLog();
  await Promise.all(
    Array.from({ length: count }, (_, i) => {
      const text = `<commit ${i}>`.padEnd(3000, '.');
      const second = i % 2 === 0 ? [record(1, `b${i}`, 1), record(1, `c${i}`, 1)] : [];
      return log.append([record(0, text, 1), ...second]);
    }),
  );
}

/** Changes bytes of the file around the record of a commit. */
async function damage(commit: number, change: (file: Buffer, at: number) => void): Promise<void> {
  const path = join(directory.path, 'data.mdb');
  const file = await readFile(path);
  const text = `<commit ${commit}>`;
  const at = file.indexOf(text);
  expect(at).toBeGreaterThan(0);
  change(file, at);
  await writeFile(path, file);
}

/** Where the value of a commit begins in the file. */
function valueStart(file: Buffer, at: number): number {
  return file.lastIndexOf('ILC2', at);
}

async function drain(reader: LogReader): Promise<{ entries: string[]; corruptions: string[] }> {
  const entries: string[] = [];
  const corruptions: string[] = [];
  const next = new Map<number, number>();
  for (;;) {
    const batch = await reader.poll({ maxBytes: 20_000, waitMs: 0 });
    expect(batch.entries.length === 0 || batch.corruptions.length === 0).toBe(true);
    for (const { partition, offset } of [...batch.entries, ...batch.corruptions]) {
      expect(offset).toBe(next.get(partition) ?? offset);
      next.set(partition, offset + 1);
    }
    if (batch.entries.length + batch.corruptions.length === 0) return { entries, corruptions };
    entries.push(...batch.entries.map((entry) => show(entry).replaceAll('.', '')));
    corruptions.push(...batch.corruptions.map(({ partition, offset, reason }) => `${partition}/${offset} ${reason}`));
  }
}

async function readBoth(log: LmdbLog): Promise<{ entries: string[]; corruptions: string[] }> {
  await using reader = await log.openReader(new Map([0, 1].map((partition) => [partition, 0])));
  return await drain(reader);
}

function expectedEntries(count: number, without: readonly string[]): string[] {
  return Array.from({ length: count }, (_, i) => [
    `0/${i} <commit ${i}>`,
    ...(i % 2 === 0 ? [`1/${i} b${i}`, `1/${i + 1} c${i}`] : []),
  ])
    .flat()
    .filter((entry) => !without.includes(entry));
}

describe('a damaged log', () => {
  it('reports a record whose bytes changed, and nothing else', async () => {
    await fill(100);
    await damage(10, (file, at) => file.write('!', at + 500));
    await using log = await openLog();
    const { entries, corruptions } = await readBoth(log);
    expect(corruptions).toEqual(['0/10 its bytes do not match their checksum']);
    expect(entries).toEqual(expectedEntries(100, ['0/10 <commit 10>']));
    expect(await log.readAt(0, 10)).toBeUndefined();
    expect((await log.readAt(1, 10))?.bytes).toEqual(record(1, 'b10').bytes);
  });

  it('reports all a commit held when its directory is damaged, by what its end still tells', async () => {
    await fill(100);
    await damage(10, (file, at) => file.fill(0, valueStart(file, at) + 8, valueStart(file, at) + 12));
    await using log = await openLog();
    const { entries, corruptions } = await readBoth(log);
    const reason = 'the directory of commit 10 is damaged';
    expect(corruptions).toEqual([`0/10 ${reason}`, `1/10 ${reason}`, `1/11 ${reason}`]);
    expect(entries).toEqual(expectedEntries(100, ['0/10 <commit 10>', '1/10 b10', '1/11 c10']));
    expect(await log.readAt(1, 11)).toBeUndefined();
  });

  it('learns from later commits or the index what a commit held that is lost altogether', async () => {
    await fill(100);
    await damage(10, (file, at) => file.fill(0, valueStart(file, at), at + 3200));
    await damage(98, (file, at) => file.fill(0, valueStart(file, at), at + 3200));
    await using log = await openLog();
    const { entries, corruptions } = await readBoth(log);
    const reason = 'the commit that held it is damaged';
    expect(corruptions).toEqual(['0/10', '1/10', '1/11', '0/98'].map((place) => `${place} ${reason}`));
    const lost = ['0/10 <commit 10>', '1/10 b10', '1/11 c10', '0/98 <commit 98>', '1/98 b98', '1/99 c98'];
    expect(entries).toEqual(expectedEntries(100, lost));
  });

  it.each([0, 63, 64, 99])('gives no offset twice when commit %i is lost, though it was the last', async (last) => {
    await fill(last + 1);
    await damage(last, (file, at) => file.fill(0, valueStart(file, at), at + 3200));
    await using log = await openLog();
    const offsets = offsetsOf(await log.append([record(0, 'next'), record(1, 'next')]));
    expect(offsets[0]).toBeGreaterThan(last);
    expect(offsets[1]).toBeGreaterThanOrEqual(2 * Math.floor(last / 2) + 2);
    const { entries, corruptions } = await readBoth(log);
    expect(entries.slice(-2)).toEqual([`0/${offsets[0]} next`, `1/${offsets[1]} next`]);
    const lost = corruptions.map((text) => text.split(' ')[0]);
    const count = (offsets[0] ?? 0) - last;
    expect(lost.filter((place) => place?.startsWith('0/'))).toEqual(
      Array.from({ length: count }, (_, i) => `0/${last + i}`),
    );
    await log.close();
    await using again = await openLog();
    expect(offsetsOf(await again.append([record(0, 'after')]))).toEqual([(offsets[0] ?? 0) + 1]);
  });

  it('is still read from the middle, and by single records', async () => {
    await fill(100);
    await damage(70, (file, at) => file.fill(0, valueStart(file, at), at + 3200));
    await using log = await openLog();
    await using reader = await log.openReader(new Map([[0, 68]]));
    const { entries, corruptions } = await drain(reader);
    expect(corruptions).toEqual(['0/70 the commit that held it is damaged']);
    expect(entries.slice(0, 3)).toEqual(['0/68 <commit 68>', '0/69 <commit 69>', '0/71 <commit 71>']);
    expect(await log.readAt(0, 70)).toBeUndefined();
  });
});
