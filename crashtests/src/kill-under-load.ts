import { rm } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import type { PlatformProcess } from 'isotherm/testing';
import { phaseLogOf, type RunningPlatform } from './crash-platform.ts';
import { diskFilled, readsAndAcksGoOn } from './during-fault.ts';
import type { CycleFault } from './fault-plan.ts';
import { PHASES, type Phase, readOpenPhases, untilPhase } from './phases.ts';
import type { Producers } from './producers.ts';
import type { Run } from './run.ts';

/** A platform that ran under load and was killed. */
export interface KilledUnderLoad {
  readonly fault: CycleFault;
  /** Whether it ended by itself because the log met a full disk: nothing was left to kill. */
  readonly endedItself: boolean;
  /** What the kill interrupted. */
  readonly phases: ReadonlySet<Phase>;
  /** Time under load, in ms; what came after a disk was filled is not part of it. */
  readonly loadMs: number;
  /** Observations acked during that time. */
  readonly ackedObservations: number;
  /** Batches that were not acked when the kill came. */
  readonly unacked: number;
}

/** Random time under load beyond the least, in ms. */
const SPREAD_MS = 600;
/** How long answers are held back before a kill at most, in ms: what is kept by then and not acked is sent again. */
const HOLD_MS = 150;
/** Longest wait for the phase that a kill aims at, in ms. */
const AIM_MS = 1200;
/** The store is taken away so long after the load began at most, in ms. */
const STORE_FAULT_WITHIN_MS = 500;

/**
 * Sends until a random moment, with the cycle's fault meanwhile; three of four kills then wait for a phase drawn at
 * random. Before every other kill the answers are held back for a moment, so that batches are kept whose acks are lost.
 */
export async function killUnderLoad(run: Run, running: RunningPlatform, cycle: number): Promise<KilledUnderLoad> {
  const { producers, relay, kills, options, directory, ledger, disk, storeFault } = run;
  const { platform } = running;
  const fault = run.plan[cycle] ?? { kind: 'kill' };
  const marks = phaseLogOf(directory, cycle);
  // The first loss of power comes right after the first acks: what a start rests on is as young as it gets.
  const leastMs = options.powerCuts && cycle === 0 ? 0 : options.leastMs + kills.below(SPREAD_MS);
  const aim = kills.chance(0.75) ? kills.pick(PHASES) : undefined;
  const holdMs = kills.chance(0.5) ? kills.below(HOLD_MS) : 0;
  const storeFaultAfterMs = kills.below(STORE_FAULT_WITHIN_MS);

  relay.open(platform.ingestAddress);
  const before = producers.acks;
  producers.resume();
  while (producers.acks === before) await living(platform, producers);
  const startedMs = performance.now();
  const acksAtStart = ledger.read().acceptedRows;
  const untilAfter = async (ms: number) => {
    while (performance.now() < startedMs + ms) await living(platform, producers);
  };

  if (fault.kind === 'store') {
    await untilAfter(storeFaultAfterMs);
    storeFault.demand(fault.how);
    await readsAndAcksGoOn(run, running);
  }
  await untilAfter(leastMs);
  const loadMs = performance.now() - startedMs;
  const ackedObservations = ledger.read().acceptedRows - acksAtStart;
  if (fault.kind === 'store' && fault.lifted === 'before the kill') storeFault.lift();
  const endedItself = fault.kind === 'disk' && (await diskFilled(run, running, fault));
  if (holdMs > 0 && !endedItself) {
    relay.holdAnswers();
    await sleep(holdMs);
  }
  if (aim !== undefined && !endedItself) await untilPhase(marks, aim, AIM_MS);
  if (options.powerCuts) disk?.cutPower();
  const ended = running.end('SIGKILL');
  relay.shut();
  await ended;
  if (options.powerCuts) disk?.remount();
  disk?.relieve();
  if (fault.kind === 'store' && fault.lifted === 'at the restart') storeFault.lift();
  const phases: ReadonlySet<Phase> = endedItself ? new Set() : readOpenPhases(marks);
  await rm(marks, { force: true });
  const { sent, acked } = ledger.read();
  const unacked = sent.reduce((sum, count, producer) => sum + count - (acked[producer]?.size ?? 0), 0);
  return { fault, endedItself, phases, loadMs, ackedObservations, unacked };
}

async function living(platform: PlatformProcess, producers: Producers): Promise<void> {
  if (producers.failure !== undefined) throw producers.failure;
  if (!platform.running) throw new Error(`The platform ended by itself: ${platform.stderr}`);
  await sleep(5);
}
