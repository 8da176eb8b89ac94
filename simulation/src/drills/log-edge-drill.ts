import type { Drill } from './drill.ts';
import { COMMITS_PER_INDEX } from './log-checks.ts';
import { damageLog } from './log-damage.ts';
import { checkReading, checkSuccession } from './log-damage-checks.ts';
import { createLogLab, drain } from './log-lab.ts';

const ROUNDS = 6;
const LENGTHS = [1, 2, 3, COMMITS_PER_INDEX, COMMITS_PER_INDEX + 1, COMMITS_PER_INDEX + 3];

/** Short logs, hit where nothing else tells what was there: their first commit, their last, those around an index entry. */
export async function drillLogEdges(drill: Drill): Promise<void> {
  for (let round = 0; round < ROUNDS && drill.violations.first === undefined; round++)
    await drillEdges(drill, round < 2);
  if (drill.prng.chance(0.15)) await drillManyLost(drill);
}

/** More is lost at once than a batch tells of. */
async function drillManyLost(drill: Drill): Promise<void> {
  const { prng, settled, same } = drill;
  const lab = createLogLab(drill);
  const log = await settled(lab.write());
  const bytes = new Uint8Array(0);
  const count = 10_000 + prng.below(3);
  await settled(log.append(Array.from({ length: count }, () => ({ partition: 0, bytes }))));
  await settled(log.append([{ partition: 0, bytes }]));
  lab.disk.commits.get(0)![8] = 0xff;
  const positions = new Map([[0, 0]]);
  const reader = await settled(log.openReader(positions));
  const { entries, corrupt } = await drain(drill, reader, positions, 1_000);
  same('whatever is lost at once is told', [entries.size, corrupt.length], [1, count]);
  await settled(log.close());
}

/** `atIndex`: the last commit before an index entry is hit, and that entry. */
async function drillEdges(drill: Drill, atIndex: boolean): Promise<void> {
  const { prng, settled } = drill;
  const lab = createLogLab(drill);
  const length = atIndex ? COMMITS_PER_INDEX + 3 : prng.pick(LENGTHS);
  const log = await settled(lab.write());
  for (let i = 0; i < length; i++) {
    const group = lab.drawGroup();
    lab.kept(group);
    await settled(log.append(group));
  }
  await settled(log.close());
  const edges = [0, COMMITS_PER_INDEX - 1, COMMITS_PER_INDEX, length - 2, length - 1];
  const hit = new Set(atIndex ? [COMMITS_PER_INDEX - 1] : edges.filter(() => prng.chance(0.35)));
  const damaged = damageLog(drill, lab, 0, {
    commit: (sequence) => hit.has(sequence),
    index: (sequence) => (atIndex ? sequence > 0 : prng.chance(0.35)),
  });
  await checkReading(drill, lab, damaged);
  if (damaged.indexed) await checkSuccession(drill, lab, damaged);
  else {
    // Its next index entry is where such a log begins; until then it has what it had.
    await settled((await settled(lab.write())).close());
    await checkReading(drill, lab, damaged);
  }
}
