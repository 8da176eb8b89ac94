import { expect, it } from 'vitest';
import { coveredLines } from './covered-lines.ts';

const source = `import { x } from './x.ts';

/** A function. */
export function f(a: number): number {
  if (a > 0) {
    return x(a);
  }
  return 0;
}
`;
const at = (text: string) => source.indexOf(text);
const whole = { startOffset: 0, endOffset: source.length, count: 1 };
const body = (count: number) => ({ startOffset: at('export function'), endOffset: source.length - 1, count });
const branch = (count: number) => ({ startOffset: at('{\n    return'), endOffset: at('return 0'), count });

it('counts lines of code that ran, by the innermost range around them', () => {
  const url = 'file:///f.ts';
  const never = { url, functions: [{ ranges: [whole] }, { ranges: [body(0)] }] };
  const positive = { url, functions: [{ ranges: [whole] }, { ranges: [body(3), branch(3)] }] };
  const other = { url, functions: [{ ranges: [whole] }, { ranges: [body(3), branch(0)] }] };
  expect(coveredLines(source, [never])).toEqual({ code: [4, 5, 6, 8], ran: new Set([1, 3]) });
  expect([...coveredLines(source, [other]).ran].filter((line) => line > 3)).toEqual([4, 5, 8, 9]);
  expect(coveredLines(source, [other, positive]).ran.has(6)).toBe(true);
});
