import { createPrng } from '@isotherm/testkit';
import { checkStats } from './checks/check-stats.ts';
import { checkEverything } from './checks/final-checks.ts';
import type { FaultKind } from './engine/faults.ts';
import { Violation } from './engine/violation.ts';
import { startCluster } from './world/cluster.ts';
import { createWorld, type WorldOptions } from './world/world.ts';

/** What became of a run. */
export interface SimulationResult {
  readonly seed: number;
  /** Undefined when every promise held. */
  readonly violation: Violation | undefined;
  /** Events until the end, or until the violation. */
  readonly steps: number;
  /** A digest of the run: two runs of a seed have the same. */
  readonly fingerprint: string;
  readonly faults: ReadonlyMap<FaultKind, number>;
  /** What the product said: messages of its log, with how often. */
  readonly logged: ReadonlyMap<string, number>;
  readonly batches: number;
  readonly acked: number;
  readonly records: number;
  /** How often a state was compared with another one at the same offset. */
  readonly met: number;
}

/** Simulated time in which a cluster without faults must come to rest. */
const REST_WITHIN_MS = 20 * 60_000;

/**
 * Plays a seed: a while in which things go wrong, then rest, then everything is compared.
 *
 * @param options faults that never happen, and who is told every line the product logs; default none and nobody.
 */
export async function runSimulation(seed: number, options: WorldOptions = {}): Promise<SimulationResult> {
  const world = createWorld(createPrng(seed), options);
  const { scheduler, violations, faults } = world;
  let thrown: Violation | undefined;
  try {
    const cluster = startCluster(world);
    const everySecond = () => {
      cluster.supervise();
      cluster.trouble();
      scheduler.after(1_000, everySecond);
    };
    scheduler.after(1_000, everySecond);
    const broken = () => violations.first !== undefined;
    await scheduler.runUntil(broken, world.layout.chaosMs);
    faults.heal();
    cluster.settleDown();
    const states = () =>
      cluster.owners.flatMap(({ engine }) => (engine?.table.inPhase('owning') ?? []).map(({ state }) => state));
    const rest = async (unrest: () => string | undefined) => {
      const rested = await scheduler.runUntil(() => broken() || unrest() === undefined, REST_WITHIN_MS);
      violations.expect(rested, 'without faults everything comes to rest', () => unrest() ?? '');
    };
    await rest(() => cluster.unanswered);
    cluster.sleepAndRestart();
    await rest(() => cluster.unfinished);
    if (!broken()) {
      checkEverything(world, states());
      await checkStats(world, cluster.owners);
    }
    if (!broken()) {
      cluster.sleepAndRestart();
      await rest(() => cluster.unfinished);
    }
    if (!broken()) {
      checkEverything(world, states());
      await checkStats(world, cluster.owners);
    }
  } catch (error) {
    thrown = new Violation(
      'the code throws nothing unexpected',
      error instanceof Error ? (error.stack ?? error.message) : String(error),
    );
  }
  return {
    seed,
    violation: violations.first ?? thrown,
    steps: scheduler.steps,
    fingerprint: `${scheduler.steps}/${world.prng.uint32()}/${faults.prng.uint32()}`,
    faults: faults.counts,
    logged: world.recorder.logged,
    batches: world.ledger.batches.length,
    acked: world.ledger.batches.filter(({ acked }) => acked).length,
    records: world.history.records.reduce((sum, records) => sum + records.length, 0),
    met: world.truths.met,
  };
}
