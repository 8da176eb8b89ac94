import type { CrashOptions } from './crash-options.ts';
import type { CrashCycle, CrashReport } from './crash-run.ts';
import { type CycleFault, faultText } from './fault-plan.ts';
import { PHASES } from './phases.ts';

const WHOLE = new Intl.NumberFormat('en', { maximumFractionDigits: 0 });
const seconds = (ms: number) => `${(ms / 1000).toFixed(1)} s`;
const rateOf = ({ ackedObservations, loadMs }: CrashCycle) => (ackedObservations / loadMs) * 1000;

/** A cycle in one line, and how long the rest will take. */
export function cycleLine(done: CrashCycle, { cycles }: CrashOptions, tookMs: number): string {
  const { cycle, loadMs, restartMs, settleMs, compareMs, unacked, differences } = done;
  const { lost, twice, wrongValues, unserved } = differences;
  const leftMinutes = ((tookMs / cycle) * (cycles - cycle)) / 60_000;
  return [
    `${String(cycle).padStart(String(cycles).length)}/${cycles}`,
    ...(faultText(done.fault) === '' ? [] : [faultText(done.fault)]),
    `${done.endedItself ? 'ended by itself' : `killed in ${hitText(done)}`} after ${seconds(loadMs)}`,
    `${WHOLE.format(rateOf(done))}/s acked, ${unacked} batches open`,
    `answering ${seconds(restartMs)} later, settled in ${seconds(settleMs)}`,
    ...(compareMs === undefined ? [] : [`all compared in ${seconds(compareMs)}`]),
    `lost ${lost}, twice ${twice}, wrong ${wrongValues}, unserved ${unserved}`,
    ...(cycle < cycles ? [`${leftMinutes.toFixed(0)} min left`] : []),
  ].join(' · ');
}

function hitText({ phases }: CrashCycle): string {
  return phases.size === 0 ? 'nothing under way' : PHASES.filter((phase) => phases.has(phase)).join(' + ');
}

/** What all cycles came to. */
export function reportLines(report: CrashReport, { seed }: CrashOptions): string[] {
  const { cycles, observations, deadLetters, differences, tookMs, directory } = report;
  const kills = cycles.filter(({ endedItself }) => !endedItself);
  const share = (count: number) => `${count} (${((100 * count) / Math.max(1, kills.length)).toFixed(0)} %)`;
  const inside = (phase: (typeof PHASES)[number]) => kills.filter(({ phases }) => phases.has(phase)).length;
  const compared = cycles.filter(({ compareMs }) => compareMs !== undefined).length;
  return [
    '',
    `cycles            ${cycles.length} in ${(tookMs / 60_000).toFixed(1)} min`,
    `kills             ${kills.length}, and ${cycles.length - kills.length} times the platform ended by itself on a full disk`,
    `kills inside      ${share(kills.filter(({ phases }) => phases.size > 0).length)}: ${PHASES.map((phase) => `${phase} ${share(inside(phase))}`).join(', ')}`,
    `store away        ${countFaults(cycles, 'store')}`,
    `disk full         ${countFaults(cycles, 'disk')}`,
    `observations      ${WHOLE.format(observations)} accepted and acked; late or rejected, dead letters by reason: ${WHOLE.format(deadLetters)}`,
    `acked a second    ${quantiles(cycles.map(rateOf), WHOLE.format)}`,
    `time under load   ${quantiles(
      cycles.map(({ loadMs }) => loadMs),
      seconds,
    )}`,
    `sent again        ${WHOLE.format(cycles.at(-1)?.skipped ?? 0)} observations that were kept already, and skipped`,
    `restart           ${quantiles(
      cycles.map(({ restartMs }) => restartMs),
      seconds,
    )}`,
    `compared          acked ⊆ applied ⊆ sent after every restart, everything ${compared} times`,
    `lost              ${differences.lost}`,
    `counted twice     ${differences.twice}`,
    `wrong values      ${differences.wrongValues}`,
    `unserved          ${differences.unserved}`,
    `seed              ${seed}`,
    ...differences.examples.map((example) => `  ${example}`),
    ...(directory === undefined ? [] : [`kept for you to look at: ${directory} (a disk in a file: mount -o loop)`]),
  ];
}

/** How often a fault was injected, by how it was. */
function countFaults(cycles: readonly CrashCycle[], kind: CycleFault['kind']): string {
  const counts = new Map<string, number>();
  for (const { fault } of cycles) {
    if (fault.kind === kind && fault.kind !== 'kill') counts.set(fault.how, (counts.get(fault.how) ?? 0) + 1);
  }
  const total = [...counts.values()].reduce((sum, count) => sum + count, 0);
  return total === 0 ? '0' : `${total}: ${[...counts].map(([how, count]) => `${how} ${count}`).join(', ')}`;
}

function quantiles(values: readonly number[], format: (value: number) => string): string {
  const sorted = [...values].sort((a, b) => a - b);
  const at = (share: number) => format(sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? 0);
  return `least ${at(0)}, half ${at(0.5)}, 90 % ${at(0.9)}, most ${at(1)}`;
}
