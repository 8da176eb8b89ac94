import { QUARTER_SECONDS } from '../rollup/quarter-marks.ts';

/** A span that is read from minutes. Seconds since the epoch; `to` is not part of it. */
export interface Run {
  readonly from: number;
  readonly to: number;
}

/**
 * Spans of whole quarters that cover all `quarters`, at most `maxRuns` of them. Where there would be more, the shortest
 * gaps are bridged: minutes are always right, quarter-hours only faster.
 */
export function fineRuns(quarters: Iterable<number>, maxRuns: number): Run[] {
  const runs: Run[] = [];
  for (const from of [...new Set(quarters)].sort((a, b) => a - b)) {
    const last = runs.at(-1);
    const to = from + QUARTER_SECONDS;
    if (last !== undefined && last.to === from) runs[runs.length - 1] = { from: last.from, to };
    else runs.push({ from, to });
  }
  if (runs.length <= maxRuns) return runs;
  const gaps = runs.slice(1).map((run, i) => ({ before: i + 1, seconds: run.from - (runs[i] as Run).to }));
  const kept = gaps.sort((a, b) => b.seconds - a.seconds).slice(0, maxRuns - 1);
  const starts = [0, ...kept.map((gap) => gap.before).sort((a, b) => a - b)];
  return starts.map((start, i) => ({
    from: (runs[start] as Run).from,
    to: (runs[(starts[i + 1] ?? runs.length) - 1] as Run).to,
  }));
}
