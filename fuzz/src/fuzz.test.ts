import { expect, it } from 'vitest';
import { findingLines, reportLines } from './print-report.ts';
import { runFuzz } from './run/fuzz-run.ts';
import { fuzzTargets } from './targets/fuzz-targets.ts';

const RUNS = 100_000;

it(`${RUNS} inputs, the same ones every time, crash nothing and come far`, { timeout: 300_000 }, async () => {
  const reports = await runFuzz(fuzzTargets, { runs: RUNS, seed: 20_250_615, jobs: 2, onProgress: () => {} });
  const findings = reports.flatMap((report) => report.findings);
  expect(findings.flatMap(findingLines).join('\n')).toBe('');
  expect(reports.reduce((sum, { runs }) => sum + runs, 0)).toBe(RUNS);
  const table = reportLines(reports).join('\n');
  for (const { target, runs, accepted, reached } of reports) {
    // Inputs that are all refused at their first byte would prove nothing.
    expect(accepted / runs, `${target.name} accepts\n${table}`).toBeGreaterThan(0.015);
    expect(reached.size, `${target.name} reaches\n${table}`).toBeGreaterThan(1);
  }
});
