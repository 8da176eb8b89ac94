import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type BadLine, batchesOfFile } from './batches-of-file.ts';
import { inspectFile } from './inspect-file.ts';
import { type FileLine, openReadingFile } from './reading-file.ts';

const HEADER = 'city,reading_at,temperature_c,humidity_pct,wind_speed_ms';
const ROWS = ['a,2013-01-01T00:00:00Z,1,50,1', 'b,2013-01-01T01:00:00Z,2,50,1', 'a,2013-01-01T02:00:00Z,3,50,1'];

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'isotherm-csv-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function file(content: string | Uint8Array, name = 'readings.csv') {
  const path = join(folder, name);
  await writeFile(path, content);
  return openReadingFile(path);
}

async function linesOf(content: string | Uint8Array, name?: string): Promise<FileLine[]> {
  const lines: FileLine[] = [];
  for await (const block of (await file(content, name)).blocks()) lines.push(...block);
  return lines;
}

const plain = `${[HEADER, ...ROWS].join('\n')}\n`;

describe('a file of readings', () => {
  it.each([
    ['plain', plain],
    ['without a final line break', plain.trimEnd()],
    ['with CRLF', plain.replaceAll('\n', '\r\n')],
    ['with a byte order mark', `\uFEFF${plain}`],
    ['with empty lines', plain.replaceAll('\n', '\n\n').replace('\n\n', '\n')],
    ['compressed, whatever its name', gzipSync(plain)],
  ])('is read the same %s', async (_, content) => {
    const lines = await linesOf(content);
    expect(lines.map((line) => (line.kind === 'reading' ? line.observation.cityId : line.reason))).toEqual([
      'a',
      'b',
      'a',
    ]);
  });

  it('has its bad lines named by number, and the others read', async () => {
    const lines = await linesOf(
      [HEADER, ROWS[0], 'a,"unclosed,1,1,1', ROWS[1], 'short', 'x'.repeat(20_000), ROWS[2]].join('\n'),
    );
    expect(lines.map(({ line, kind }) => `${line} ${kind}`)).toEqual([
      '2 reading',
      '3 problem',
      '4 reading',
      '5 problem',
      '6 problem',
      '7 reading',
    ]);
  });

  it('keeps characters whole that lie across two reads', async () => {
    const rows = Array.from({ length: 20_000 }, () => 'São Paulo – 東京,2013-01-01T00:00:00Z,1,50,1');
    const lines = await linesOf([HEADER, ...rows].join('\n'));
    expect(new Set(lines.map((line) => line.kind === 'reading' && line.observation.cityId))).toEqual(
      new Set(['São Paulo – 東京']),
    );
  });

  it('that cannot be read says why in one sentence', async () => {
    await expect(openReadingFile(join(folder, 'none.csv'))).rejects.toThrow('there is no such file');
    await expect(openReadingFile(folder)).rejects.toThrow('it is a directory');
    await expect(file('')).rejects.toThrow('is empty');
    await expect(file('time,temp\n1,2\n')).rejects.toThrow('Expected the columns city,reading_at');
    const cut = gzipSync([HEADER, ...Array<string>(5000).fill(ROWS[0]!)].join('\n')).subarray(0, 60);
    await expect(linesOf(cut)).rejects.toThrow('gzip data');
  });

  it('is summed up before it is sent', async () => {
    const summary = await inspectFile(await file(`${plain}bad\n`));
    expect(summary).toMatchObject({ readings: 3, badLines: 1 });
    expect(summary.cities.get('a')).toEqual({ fromMs: Date.UTC(2013, 0, 1), toMs: Date.UTC(2013, 0, 1, 2) });
  });

  it('has the same hash as long as its bytes are the same', async () => {
    const [first, second, other] = [await file(plain), await file(plain, 'b.csv'), await file(`${plain}\n`)];
    expect(first.sha256).toBe(second.sha256);
    expect(first.sha256).not.toBe(other.sha256);
  });
});

describe('batches of a file', () => {
  const cut = async (content: string, rule: { maxRows: number; byTime: boolean }) => {
    const bad: BadLine[] = [];
    const batches: number[][] = [];
    for await (const { lines } of batchesOfFile((await file(content)).blocks(), rule, (line) => bad.push(line))) {
      batches.push([...lines]);
    }
    return { batches, bad };
  };

  it('are the same every time, in the order of the lines, bad ones left out', async () => {
    const content = [HEADER, ROWS[0], 'bad', ROWS[1], ROWS[2]].join('\n');
    const first = await cut(content, { maxRows: 2, byTime: false });
    expect(first.batches).toEqual([[2, 4], [5]]);
    expect(first.bad.map(({ line }) => line)).toEqual([3]);
    expect(await cut(content, { maxRows: 2, byTime: false })).toEqual(first);
  });

  it('hold one point in time where they are sent at their time', async () => {
    const content = [HEADER, ROWS[0], ROWS[0], ROWS[1], ROWS[2]].join('\n');
    expect((await cut(content, { maxRows: 100, byTime: true })).batches).toEqual([[2, 3], [4], [5]]);
  });

  it('span less than what their times can say, even where cities follow one another', async () => {
    const rows = ['a,2013-01-01T00:00:00Z,1,,', 'a,2013-12-31T00:00:00Z,1,,', 'b,2013-01-01T00:00:00Z,1,,'];
    expect((await cut([HEADER, ...rows].join('\n'), { maxRows: 100, byTime: false })).batches).toEqual([[2], [3], [4]]);
  });
});
