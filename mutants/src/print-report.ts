import type { Explanations } from './explained-survivors.ts';
import { TUNING_CONSTANTS } from './make/tuning-constants.ts';
import { adapterFiles } from './mutated-files.ts';
import type { TriedMutant } from './run/mutant-run.ts';

interface Tally {
  killed: number;
  limits: number;
  survived: number;
  notReached: number;
}

/** A line a file, the survivors with their lines, and the scores: raw, and with the explained ones left out. */
export function reportLines(
  tried: readonly TriedMutant[],
  explanations: Explanations,
  { adapters }: { readonly adapters: boolean } = { adapters: false },
): string[] {
  const files = new Map<string, Tally>();
  for (const { mutant, verdict } of tried) {
    const tally = files.get(mutant.file) ?? { killed: 0, limits: 0, survived: 0, notReached: 0 };
    files.set(mutant.file, tally);
    if (verdict === 'killed') tally.killed += 1;
    else if (verdict === 'timeout' || verdict === 'memory') tally.limits += 1;
    else tally[verdict] += 1;
  }
  const width = Math.max(...[...files.keys()].map((file) => file.length), 10);
  const lines = [`${'file'.padEnd(width)}  mutants  killed  at a limit  survived  not reached`];
  for (const [file, { killed, limits, survived, notReached }] of [...files].sort()) {
    const columns = [killed + limits + survived + notReached, killed, limits, survived, notReached];
    lines.push(
      `${file.padEnd(width)}  ${columns.map((count, i) => String(count).padStart([7, 6, 10, 8, 11][i]!)).join('  ')}`,
    );
  }
  const alive = tried.filter(({ verdict }) => verdict === 'survived' || verdict === 'notReached');
  const explained = alive.filter(({ mutant }) => explanations.has(mutant.id));
  for (const verdict of ['notReached', 'survived'] as const) {
    const some = alive.filter((one) => one.verdict === verdict && !explanations.has(one.mutant.id));
    if (some.length > 0)
      lines.push('', verdict === 'survived' ? 'Survived:' : `Not reached by the ${adapters ? 'tests' : 'simulation'}:`);
    for (const { mutant } of some.sort(byPlace)) lines.push(...survivorLines(mutant));
  }
  if (explained.length > 0) lines.push('', 'Survived, explained in mutants/survivors.md:');
  for (const { mutant } of explained.sort(byPlace)) {
    lines.push(`  ${mutant.id} ${mutant.file}:${mutant.line}: ${explanations.get(mutant.id)}`);
  }
  if (!adapters) {
    lines.push('', 'Left out, since the simulation has a fake in their place (see --adapters):');
    for (const path of adapterFiles()) lines.push(`  ${path}`);
  }
  lines.push('Left alone, since their values only divide work:');
  for (const [name, what] of Object.entries(TUNING_CONSTANTS)) lines.push(`  ${name}: ${what}`);
  const dead = tried.length - alive.length;
  lines.push('', `${dead} of ${tried.length} mutants killed: ${percent(dead, tried.length)} (raw)`);
  const open = tried.length - explained.length;
  lines.push(`${dead} of ${open} killed: ${percent(dead, open)} (without ${explained.length} explained survivors)`);
  return lines;
}

/** The share of mutants killed, explained survivors left out. */
export function explainedScore(tried: readonly TriedMutant[], explanations: Explanations): number {
  const alive = tried.filter(({ verdict }) => verdict === 'survived' || verdict === 'notReached');
  const open = tried.length - alive.filter(({ mutant }) => explanations.has(mutant.id)).length;
  return open === 0 ? 1 : (tried.length - alive.length) / open;
}

function survivorLines({ id, file, line, operator, before, after }: TriedMutant['mutant']): string[] {
  return [`  ${id} ${file}:${line}  ${operator}`, `    - ${before}`, `    + ${after}`];
}

function byPlace(a: TriedMutant, b: TriedMutant): number {
  return a.mutant.file.localeCompare(b.mutant.file) || a.mutant.start - b.mutant.start;
}

function percent(part: number, whole: number): string {
  return whole === 0 ? '–' : `${((100 * part) / whole).toFixed(1)} %`;
}
