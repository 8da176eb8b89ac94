import { stripVTControlCharacters } from 'node:util';
import type { Style } from './terminal.ts';

/** A column of a table. */
export interface Column<Row> {
  readonly title: string;
  /** Default left; numbers read best on the right. */
  readonly align?: 'left' | 'right';
  /** The cell; it may hold styles. */
  readonly cell: (row: Row) => string;
}

/** Rows under titles, columns as wide as their widest cell, two spaces apart. Ends with a line break. */
export function renderTable<Row>(rows: readonly Row[], columns: readonly Column<Row>[], style: Style): string {
  const cells = rows.map((row) => columns.map(({ cell }) => cell(row)));
  const widths = columns.map(({ title }, index) =>
    Math.max(width(title), ...cells.map((line) => width(line[index] ?? ''))),
  );
  const line = (texts: readonly string[]) =>
    texts
      .map((text, index) => pad(text, widths[index] ?? 0, columns[index]?.align ?? 'left'))
      .join('  ')
      .trimEnd();
  const head = style.dim(line(columns.map(({ title }) => title)));
  return `${[head, ...cells.map(line)].join('\n')}\n`;
}

/** Labels and values, one pair a line, values aligned. Ends with a line break. */
export function renderPairs(pairs: readonly (readonly [string, string])[], style: Style): string {
  const widest = Math.max(...pairs.map(([label]) => width(label)));
  return `${pairs.map(([label, value]) => `  ${style.dim(pad(label, widest, 'left'))}  ${value}`).join('\n')}\n`;
}

/** Columns that a text takes on a screen; wide characters of East Asian scripts take two. */
export function width(text: string): number {
  let columns = 0;
  for (const char of stripVTControlCharacters(text)) {
    if (/\p{Mark}/u.test(char)) continue;
    columns += /[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe4f\uff00-\uff60\uffe0-\uffe6]/.test(
      char,
    )
      ? 2
      : 1;
  }
  return columns;
}

/** Fills a text with spaces up to a width. */
export function pad(text: string, columns: number, align: 'left' | 'right'): string {
  const spaces = ' '.repeat(Math.max(0, columns - width(text)));
  return align === 'left' ? text + spaces : spaces + text;
}
