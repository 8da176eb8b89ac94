import type { Prng } from '@isotherm/testkit';
import type { Violations } from '../engine/violation.ts';
import { createDrill, type Drill } from './drill.ts';

type PlayDrill = (drill: Drill) => Promise<void>;

/**
 * Parts of the platform each by itself, driven to their edges: what a run of the whole meets too seldom. A drill decides
 * what goes wrong, so that it can tell to the byte what must come of it. Each is loaded when it is played.
 */
const DRILLS = {
  window: () => import('./window-drill.ts').then(({ drillSendWindow }) => drillSendWindow),
  seen: () => import('./commit-drill.ts').then(({ drillSeenBatches }) => drillSeenBatches),
  gate: () => import('./gate-drill.ts').then(({ drillReadGate }) => drillReadGate),
  waiters: () => import('./waiters-drill.ts').then(({ drillWaiters }) => drillWaiters),
  commit: () => import('./commit-drill.ts').then(({ drillGroupCommit }) => drillGroupCommit),
  rows: () => import('./row-writer-drill.ts').then(({ drillRowWriter }) => drillRowWriter),
  refusals: () => import('./refusal-drill.ts').then(({ drillRefusals }) => drillRefusals),
  recovery: () => import('./recovery-drill.ts').then(({ drillRecovery }) => drillRecovery),
  producers: () => import('./producer-drill.ts').then(({ drillProducers }) => drillProducers),
  checkpointer: () => import('./checkpointer-drill.ts').then(({ drillCheckpointer }) => drillCheckpointer),
  sessions: () => import('./session-drill.ts').then(({ drillSessions }) => drillSessions),
  apply: () => import('./apply-drill.ts').then(({ drillApplyLoop }) => drillApplyLoop),
  sink: () => import('./sink-drill.ts').then(({ drillRecordSink }) => drillRecordSink),
  exceptions: () => import('./exception-drill.ts').then(({ drillExceptions }) => drillExceptions),
  checkpoints: () => import('./checkpoint-drill.ts').then(({ drillCheckpoints }) => drillCheckpoints),
  log: () => import('./log-damage-drill.ts').then(({ drillLogs }) => drillLogs),
  streams: () => import('./stream-drill.ts').then(({ drillStreams }) => drillStreams),
  turns: () => import('./row-turns-drill.ts').then(({ drillRowTurns }) => drillRowTurns),
} as const satisfies Readonly<Record<string, () => Promise<PlayDrill>>>;

/** Name of a drill. */
export type DrillName = keyof typeof DRILLS;

/** All there are, in the order they are played in. */
export const DRILL_NAMES = Object.keys(DRILLS) as readonly DrillName[];

/** Plays the drills of a seed, until a promise does not hold. One plays the same whether or not others are played. */
export async function playDrills(
  prng: Prng,
  violations: Violations,
  names: readonly DrillName[] = DRILL_NAMES,
): Promise<void> {
  for (const name of DRILL_NAMES) {
    const own = prng.fork();
    if (!names.includes(name) || violations.first !== undefined) continue;
    const play = await DRILLS[name]();
    await play(createDrill(own, violations));
  }
}
