import type { CrashOptions } from './crash-options.ts';
import type { CrashCycle, CrashReport } from './crash-run.ts';
import { PHASES } from './phases.ts';

const WHOLE = new Intl.NumberFormat('en', { maximumFractionDigits: 0 });

/** A cycle in one line. */
export function cycleLine(done: CrashCycle, { cycles }: CrashOptions): string {
  const { cycle, phases, loadMs, ackedObservations, restartMs, compareMs, unacked, differences } = done;
  const hit = phases.size === 0 ? 'nothing under way' : PHASES.filter((phase) => phases.has(phase)).join(' + ');
  return [
    `${String(cycle).padStart(String(cycles).length)}/${cycles}`,
    `killed after ${(loadMs / 1000).toFixed(1)} s in ${hit}`,
    `${WHOLE.format((ackedObservations / loadMs) * 1000)}/s acked, ${unacked} batches open`,
    `answering ${(restartMs / 1000).toFixed(1)} s later, compared in ${(compareMs / 1000).toFixed(1)} s`,
    `lost ${differences.lost}, twice ${differences.twice}, wrong ${differences.wrongValues}`,
  ].join(' · ');
}

/** What all cycles came to. */
export function reportLines(report: CrashReport, { seed }: CrashOptions): string[] {
  const { cycles, observations, differences, directory } = report;
  const share = (count: number) => `${count} (${((100 * count) / Math.max(1, cycles.length)).toFixed(0)} %)`;
  const inside = cycles.filter(({ phases }) => phases.size > 0).length;
  const rates = cycles.map(({ ackedObservations, loadMs }) => (ackedObservations / loadMs) * 1000);
  const restarts = cycles.map(({ restartMs }) => restartMs / 1000).sort((a, b) => a - b);
  return [
    '',
    `cycles            ${cycles.length}`,
    `kills inside      ${share(inside)}: ${PHASES.map((phase) => `${phase} ${share(cycles.filter(({ phases }) => phases.has(phase)).length)}`).join(', ')}`,
    `observations      ${WHOLE.format(observations)} acked, at ${WHOLE.format(Math.min(...rates))} to ${WHOLE.format(Math.max(...rates))} a second`,
    `sent again        ${WHOLE.format(cycles.at(-1)?.skipped ?? 0)} observations that were kept already, and skipped`,
    `restart           ${(restarts[restarts.length >> 1] ?? 0).toFixed(1)} s in the middle, ${(restarts.at(-1) ?? 0).toFixed(1)} s at most`,
    `lost              ${differences.lost}`,
    `counted twice     ${differences.twice}`,
    `wrong values      ${differences.wrongValues}`,
    `seed              ${seed}`,
    ...differences.examples.map((example) => `  ${example}`),
    ...(directory === undefined ? [] : [`kept for you to look at: ${directory}`]),
  ];
}
