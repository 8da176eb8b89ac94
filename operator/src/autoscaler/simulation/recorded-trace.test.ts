import { expect, test } from 'vitest';
import { recordedTrace } from './recorded-trace.ts';

test('a recorded load holds from one line to the next, and times begin at its first line', () => {
  const trace = recordedTrace('seconds,observationsPerSecond\n100,5\n160,7.5\n\n400,1\n');
  expect(trace.seconds).toBe(300);
  expect([0, 59, 60, 299].map(trace.arrival)).toEqual([5, 5, 7.5, 7.5]);
});

test.each([
  ['0,1\n0,2', 'Line 2'],
  ['0,1\n15,-3', 'Line 2'],
  ['0,1\n15;3', 'Line 2'],
  ['0,1\n15', 'Line 2'],
  ['0,1', 'at least two lines'],
  ['', 'at least two lines'],
])('%j is refused: %s', (text, why) => {
  expect(() => recordedTrace(text)).toThrow(why);
});
