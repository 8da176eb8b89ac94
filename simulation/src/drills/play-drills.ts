import type { Prng } from '@isotherm/testkit';
import type { Violations } from '../engine/violation.ts';
import { drillCheckpoints } from './checkpoint-drill.ts';
import { drillGroupCommit, drillSeenBatches } from './commit-drill.ts';
import { createDrill, type Drill } from './drill.ts';
import { drillReadGate } from './gate-drill.ts';
import { drillDamagedLog } from './log-damage-drill.ts';
import { drillLog } from './log-drill.ts';
import { drillProducers } from './producer-drill.ts';
import { drillRefusals } from './refusal-drill.ts';
import { drillRowWriter } from './row-writer-drill.ts';
import { drillSendWindow } from './window-drill.ts';

/**
 * Parts of the platform each by itself, driven to their edges: what a run of the whole meets too seldom. A drill decides
 * what goes wrong, so that it can tell to the byte what must come of it.
 */
const DRILLS: readonly ((drill: Drill) => Promise<void>)[] = [
  drillSendWindow,
  drillSeenBatches,
  drillReadGate,
  drillGroupCommit,
  drillRowWriter,
  drillRefusals,
  drillProducers,
  drillCheckpoints,
  drillLogs,
];

/** Plays all drills of a seed, until a promise does not hold. */
export async function playDrills(prng: Prng, violations: Violations): Promise<void> {
  for (const play of DRILLS) {
    if (violations.first === undefined) await play(createDrill(prng.fork(), violations));
  }
}

async function drillLogs(drill: Drill): Promise<void> {
  const lab = await drillLog(drill);
  if (drill.violations.first === undefined) await drillDamagedLog(drill, lab);
}
