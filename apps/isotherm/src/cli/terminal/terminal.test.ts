import { describe, expect, it } from 'vitest';
import { toJson } from './json.ts';
import { createProgress } from './progress.ts';
import { pad, renderTable, width } from './table.ts';
import { createStyle, type Terminal } from './terminal.ts';

function screen(errIsScreen: boolean): Terminal & { readonly written: string[] } {
  const written: string[] = [];
  const write = (text: string) => void written.push(text);
  return { out: write, err: write, outIsScreen: false, errIsScreen, columns: 60, style: createStyle(false), written };
}

describe('a table', () => {
  it('aligns columns by what is seen, not by what is written', () => {
    const style = createStyle(true);
    const rows = [
      { city: style.red('Oslo'), value: 1 },
      { city: '東京', value: 23 },
    ];
    const table = renderTable(
      rows,
      [
        { title: 'city', cell: ({ city }) => city },
        { title: '°C', align: 'right', cell: ({ value }) => String(value) },
      ],
      createStyle(false),
    );
    expect(table.split('\n').map(width)).toEqual([8, 8, 8, 0]);
    expect(width('e\u0301')).toBe(1);
    expect(pad('ab', 4, 'right')).toBe('  ab');
  });
});

describe('styles', () => {
  it('write nothing where colours are unwanted', () => {
    expect(createStyle(false).bold('x')).toBe('x');
    expect(createStyle(true).rgb('x', [1, 2, 3])).toBe('\x1b[38;2;1;2;3mx\x1b[39m');
  });
});

describe('progress', () => {
  it('moves in place on a screen, no faster than an eye can follow, and goes away', () => {
    const terminal = screen(true);
    let now = 0;
    const progress = createProgress(terminal, () => now);
    progress.update(0.5, 'half');
    progress.update(0.6, 'too soon');
    now += 100;
    progress.update(1, 'done');
    progress.clear();
    expect(terminal.written).toHaveLength(3);
    expect(terminal.written[0]).toContain('50 % half');
    expect(terminal.written[0]?.startsWith('\r\x1b[2K████████████·')).toBe(true);
    expect(terminal.written[2]).toBe('\r\x1b[2K');
  });

  it('is a plain line now and then where there is no screen', () => {
    const terminal = screen(false);
    let now = 0;
    const progress = createProgress(terminal, () => now);
    for (; now < 11_000; now += 1000) progress.update(now / 10_000, `${now} ms`);
    progress.clear();
    expect(terminal.written).toEqual(['50 % 5000 ms\n', '100 % 10000 ms\n']);
  });
});

describe('JSON', () => {
  it('has null for what is missing, ISO times, and numbers where they are exact', () => {
    const value = {
      a: undefined,
      at: new Date(0),
      offset: 7n,
      huge: 2n ** 60n + 1n,
      nan: Number.NaN,
      list: [{ b: undefined }],
    };
    expect(JSON.parse(toJson(value))).toEqual({
      a: null,
      at: '1970-01-01T00:00:00.000Z',
      offset: 7,
      huge: '1152921504606846977',
      nan: null,
      list: [{ b: null }],
    });
  });
});
