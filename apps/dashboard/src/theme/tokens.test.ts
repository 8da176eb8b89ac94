import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { contrastRatio, type Rgb } from '../color/oklab.ts';

const css = readFileSync(new URL('./tokens.css', import.meta.url), 'utf8');

/** Both columns of a token, without transparency. */
function token(name: string): { light: Rgb; dark: Rgb } {
  const match = css.match(new RegExp(`--${name}: light-dark\\(#(\\w{6}), #(\\w{6})\\)`));
  if (!match) throw new Error(`no opaque token --${name}`);
  const parse = (hex = ''): Rgb => [0, 2, 4].map((at) => Number.parseInt(hex.slice(at, at + 2), 16)) as unknown as Rgb;
  return { light: parse(match[1]), dark: parse(match[2]) };
}

const TEXT_ON = [
  ['text', 'surface'],
  ['text', 'surface-raised'],
  ['text-quiet', 'surface'],
  ['text-quiet', 'surface-raised'],
  ['accent', 'surface'],
  ['accent', 'surface-raised'],
  ['label', 'land'],
  ['label', 'sea'],
] as const;

const SHAPES_ON = [
  ['mark', 'land'],
  ['mark', 'sea'],
  ['chart-temperature', 'surface'],
  ['chart-heat', 'surface'],
] as const;

describe.each(['light', 'dark'] as const)('the %s theme', (theme) => {
  it.each(TEXT_ON)('keeps %s readable on %s (AA, 4.5)', (text, ground) => {
    expect(contrastRatio(token(text)[theme], token(ground)[theme])).toBeGreaterThanOrEqual(4.5);
  });

  it.each(SHAPES_ON)('keeps %s visible on %s (AA, 3)', (shape, ground) => {
    expect(contrastRatio(token(shape)[theme], token(ground)[theme])).toBeGreaterThanOrEqual(3);
  });
});
