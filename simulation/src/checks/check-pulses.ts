import type { ShardNode } from '../world/shard-node.ts';
import type { World } from '../world/world.ts';

/** At rest every shard's vital signs say so, and its counters are what happened. */
export async function checkPulses(world: World, owners: readonly ShardNode[]): Promise<void> {
  const { violations, scheduler, tables } = world;
  for (const { engine, process, name } of owners) {
    if (engine === undefined) continue;
    let pulse: Awaited<ReturnType<typeof engine.pulse>> | undefined;
    engine.pulse().then(
      (taken) => {
        pulse = taken;
      },
      (error: unknown) => violations.note('a shard tells its vital signs', String(error)),
    );
    await scheduler.runUntil(() => pulse !== undefined || violations.first !== undefined, 10_000);
    if (pulse === undefined) return;
    const { applied, stored, rowsPending, rowsStored, lagRecords, storeFailing } = pulse;
    const states = [...engine.runtimes.values()].map(({ state }) => state);
    const sum = states.reduce((all, { counters }) => all + counters.applied, 0);
    const says = JSON.stringify({ applied, stored, rowsPending, rowsStored, lagRecords, storeFailing });
    const rest = { rowsPending: 0, rowsStored: tables.acked(process), lagRecords: 0, storeFailing: false };
    const wanted = JSON.stringify({ applied: sum, stored: sum, ...rest });
    violations.expect(says === wanted, 'vital signs are true', () => `${name}: ${says} instead of ${wanted}`);
  }
}
