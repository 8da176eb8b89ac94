import { createHash } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { MergedReport } from './run/fuzz-run.ts';
import type { Finding } from './run/run-target.ts';

/** Outcomes named in a line of the table. */
const NAMED = 8;
const FRAMES = 6;
const LONGEST_FLAG_BYTES = 2000;

/** A table: for every target how many inputs it took, how many of them it accepted, and how far the others came. */
export function reportLines(reports: readonly MergedReport[]): string[] {
  const width = Math.max(...reports.map(({ target }) => target.name.length), 6);
  const lines = [`${'target'.padEnd(width)}  ${'inputs'.padStart(9)}  accepted  outcomes reached`];
  for (const { target, runs, accepted, reached, findings } of reports) {
    const most = [...reached].sort((a, b) => b[1] - a[1]);
    const named = most.slice(0, NAMED).map(([name, count]) => `${name} ${percent(count / runs)}`);
    const more = most.length > NAMED ? `, ${most.length - NAMED} more` : '';
    const share = percent(accepted / runs).padStart(8);
    const found = findings.length === 0 ? '' : `  ${findings.length} FINDINGS`;
    lines.push(
      `${target.name.padEnd(width)}  ${String(runs).padStart(9)}  ${share}  ${String(reached.size).padStart(3)}: ${named.join(', ')}${more}${found}`,
    );
  }
  return lines;
}

/** What is needed to see a finding again and to understand it. */
export function findingLines({ target, seed, run, kind, what, detail, input }: Finding): string[] {
  return [
    `FOUND in ${target}: ${kind}: ${what}`,
    ...detail
      .split('\n')
      .slice(1, 1 + FRAMES)
      .map((line) => `    ${line.trim()}`),
    `    job seed ${seed}, run ${run}; ${input.length} bytes`,
    `    again: npm run fuzz -- --target ${target} ${inputFlag(target, input)}`,
    `    or:    npm run fuzz -- --target ${target} --job-seed ${seed} --runs ${run + 1}`,
  ];
}

/** The input in the command itself, or in a file where it would be too long. */
function inputFlag(target: string, input: Uint8Array): string {
  if (input.length <= LONGEST_FLAG_BYTES) return `--hex ${Buffer.from(input).toString('hex')}`;
  const path = join(
    tmpdir(),
    `isotherm-fuzz-${target}-${createHash('sha256').update(input).digest('hex').slice(0, 12)}.hex`,
  );
  writeFileSync(path, Buffer.from(input).toString('hex'));
  return `--hex @${path}`;
}

function percent(share: number): string {
  if (!(share > 0)) return '0 %';
  return share < 0.001 ? '<0.1 %' : `${(share * 100).toFixed(share < 0.1 ? 1 : 0)} %`;
}
