import type { Drill } from './drill.ts';
import { type Damaged, damageLog, spoilBoth } from './log-damage.ts';
import { checkReading, checkSuccession } from './log-damage-checks.ts';
import { drillLog } from './log-drill.ts';
import { drillLogEdges } from './log-edge-drill.ts';
import type { LogLab } from './log-lab.ts';
import { drillLogLife } from './log-life-drill.ts';

/** A log's life, a sound log, the same one damaged, and short ones damaged at their edges. */
export async function drillLogs(drill: Drill): Promise<void> {
  await drillLogLife(drill);
  const lab = await drillLog(drill);
  if (drill.violations.first === undefined) await drillDamagedLog(drill, lab);
  if (drill.violations.first === undefined) await drillLogEdges(drill);
}

/** Whether a commit has lost a record. */
function isHit(lab: LogLab, { lost }: Damaged, sequence: number): boolean {
  return lab.records.some((records, partition) =>
    records.some(({ commit }, offset) => commit === sequence && lost.has(`${partition}/${offset}`)),
  );
}

/**
 * Bits rot in a log: what is lost is reported once, what is not is read as it was, and nothing that looks sound but is
 * not is believed. Then the log is written on: no offset is ever given twice.
 */
async function drillDamagedLog(drill: Drill, lab: LogLab): Promise<void> {
  const { prng } = drill;
  const { disk } = lab;
  const [first, last, start] = [disk.commits.first(), disk.commits.last(), disk.index.first()];
  if (first === undefined || last === undefined || start === undefined) return;
  const rate = prng.pick([0.05, 0.2, 0.5]);
  const damaged = damageLog(drill, lab, start, {
    commit: () => prng.chance(rate),
    index: (sequence) => sequence > start && prng.chance(0.3),
  });
  await checkReading(drill, lab, damaged);
  let { most } = damaged;
  const trailing = prng.below(3);
  for (let sequence = last; sequence > last - trailing && sequence > start; sequence--) {
    const bytes = disk.commits.get(sequence);
    const group = lab.groups[sequence];
    if (bytes === undefined || group === undefined || bytes.length < 152) break;
    // What is damaged already could be mended by the same bit once more.
    if (isHit(lab, damaged, sequence)) continue;
    spoilBoth(drill, bytes, group.length);
    most += Math.floor(bytes.length / 16);
    lab.records.forEach((records, partition) => {
      records.forEach(({ commit }, offset) => void (commit === sequence && damaged.lost.add(`${partition}/${offset}`)));
    });
  }
  await checkSuccession(drill, lab, { ...damaged, most });
}
