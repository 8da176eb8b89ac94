import type { LoadTrace } from './traces.ts';

/**
 * A recorded load as a trace. Lines of `seconds,observationsPerSecond`, in order; a line of words is a heading. Between
 * two lines the load is that of the first.
 * @throws Error that names the line
 */
export function recordedTrace(text: string): LoadTrace {
  const points: { readonly second: number; readonly rate: number }[] = [];
  for (const [index, line] of text.split(/\r?\n/).entries()) {
    if (line.trim() === '' || (points.length === 0 && /^[a-zA-Z]/.test(line))) continue;
    const [second, rate] = line.split(',').map(Number);
    const before = points.at(-1)?.second ?? Number.NEGATIVE_INFINITY;
    if (
      second === undefined ||
      rate === undefined ||
      !(second > before) ||
      !(rate >= 0) ||
      !Number.isFinite(second + rate)
    ) {
      throw new Error(
        `Line ${index + 1} is "${line.slice(0, 60)}": write seconds,observationsPerSecond, with seconds that rise.`,
      );
    }
    points.push({ second, rate });
  }
  const [first, last] = [points[0], points.at(-1)];
  if (first === undefined || last === undefined || points.length < 2)
    throw new Error('A trace needs at least two lines of seconds,observationsPerSecond.');
  return {
    name: 'constant',
    seed: 0,
    seconds: last.second - first.second,
    arrival: (second) => Math.max(0.001, points.findLast((point) => point.second - first.second <= second)!.rate),
    sinkLimit: () => Number.POSITIVE_INFINITY,
    hottestShare: () => 0.001,
    startSeconds: 45,
    gap: () => false,
    noise: () => 1,
  };
}
