import { mkdirSync, rmdirSync } from 'node:fs';
import { open } from 'lmdb';
import { expect, it } from 'vitest';
import { useDirectory } from '../../test-support/temporary-log.ts';
import { record } from '../conformance/log-harness.ts';
import { offsetsOf } from '../record-outcomes.ts';
import { openLmdbLog } from './open-lmdb-log.ts';
import { currentProcess, WRITER_FACT, type WriterClaim } from './writer-claim.ts';

const directory = useDirectory();
const openWriter = (onFenced?: (error: Error) => void) =>
  openLmdbLog({ path: directory.path, partitionCount: 4, mode: 'writer', ...(onFenced && { onFenced }) });
/** As of another process: without the memory it shares with its writer. */
const openReader = () => openLmdbLog({ path: directory.path, partitionCount: 4, mode: 'reader' });

/** Changes who holds the right to write. */
async function changeClaim(change: Partial<WriterClaim>): Promise<void> {
  const root = open({ path: directory.path, noSubdir: false, encoding: 'binary', overlappingSync: false });
  const facts = root.openDB<string, string>('facts', { encoding: 'string' });
  const held = JSON.parse(facts.get(WRITER_FACT) ?? '{}') as WriterClaim;
  await facts.put(WRITER_FACT, JSON.stringify({ ...held, ...change }));
  await root.close();
}

it('a writer that cannot be seen, as that of another container, writes nothing more once it is taken over from, and says so once', async () => {
  const fenced: Error[] = [];
  const before = await openWriter((error) => fenced.push(error));
  await before.append([record(0, 'first')]);
  await changeClaim({ pidNamespace: 'pid:[1]' });
  const after = await openWriter();
  const five = Array.from({ length: 5 }, (_, i) => record(0, `kept ${i}`));
  expect(offsetsOf(await after.append(five))).toEqual([1, 2, 3, 4, 5]);
  // The first of these meets a commit of the same sequence; those behind it would not.
  const late = await Promise.all(Array.from({ length: 80 }, (_, i) => before.append([record(0, `late ${i}`)])));
  expect(new Set(late.flat().map(({ kind }) => kind))).toEqual(new Set(['unknown']));
  await expect(before.append([record(0, 'later')])).rejects.toMatchObject({
    id: 'LOG_FENCED',
    message: expect.stringContaining('another process has taken it over'),
  });
  expect(fenced).toEqual([expect.objectContaining({ id: 'LOG_FENCED' })]);
  expect(offsetsOf(await after.append([record(0, 'last')]))).toEqual([6]);
  await before.close();
  await after.close();
  await using log = await openWriter();
  await using reader = await log.openReader(new Map([[0, 0]]));
  const { entries, corruptions } = await reader.poll({ maxBytes: 1 << 20, waitMs: 0 });
  expect([(await log.extents([0])).get(0)?.end, corruptions]).toEqual([7, []]);
  expect(entries.map(({ bytes }) => Buffer.from(bytes).toString())).toEqual([
    'first',
    ...five.map(({ bytes }) => Buffer.from(bytes).toString()),
    'last',
  ]);
});

it('a writer that was taken over from does not release the right of its successor when it closes', async () => {
  const before = await openWriter();
  await changeClaim({ pid: process.ppid, startedAt: '', id: 'successor' });
  await before.close();
  await expect(openWriter()).rejects.toMatchObject({ metadata: { pid: String(process.ppid) } });
  await changeClaim({ ...currentProcess(), pid: 2 ** 22 + 1 });
  await (await openWriter()).close();
});

it('an opening that fails gives back the right to write', async () => {
  mkdirSync(`${directory.path}/published`);
  await expect(openWriter()).rejects.toThrow('EISDIR');
  rmdirSync(`${directory.path}/published`);
  await (await openWriter()).close();
});

it('readers of other processes see all that was appended also while a writer is opening', async () => {
  const before = await openWriter();
  await before.append([record(0, 'kept')]);
  await before.close();
  const opening = openWriter();
  await using reading = await openReader();
  expect((await reading.extents([0])).get(0)?.end).toBe(1);
  await (await opening).close();
  expect((await reading.extents([0])).get(0)?.end).toBe(1);
});
