import type { PartitionState } from '@isotherm/domain';
import type { ShardNode } from '../world/shard-node.ts';
import type { World } from '../world/world.ts';

type Engine = NonNullable<ShardNode['engine']>;
type ShardStats = Awaited<ReturnType<Engine['stats']>>;

/** At rest every shard's stats say so, and its counters are what happened. */
export async function checkStats(world: World, owners: readonly ShardNode[]): Promise<void> {
  const { violations, tables } = world;
  for (const { engine, process, name } of owners) {
    if (engine === undefined) continue;
    const stats = await caughtUpStats(world, engine);
    if (stats === undefined) return;
    const {
      freshnessP99Ms: _,
      shard: _shard,
      instanceId: _id,
      epoch: _epoch,
      partitions: _partitions,
      ...said
    } = stats;
    const states = engine.table.inPhase('owning').map(({ state }) => state);
    const sum = (of: (state: PartitionState) => number) => states.reduce((all, state) => all + of(state), 0);
    const applied = sum(({ counters }) => counters.applied);
    const newest = states.map(({ newestObservedMs }) => newestObservedMs).filter((ms) => !Number.isNaN(ms));
    const says = JSON.stringify(inOrder(said));
    const wanted = JSON.stringify(
      inOrder({
        applied,
        stored: applied,
        dead: sum(({ counters }) => counters.dead),
        rejected: sum(({ counters }) => counters.rejected),
        duplicate: sum(({ counters }) => counters.duplicate),
        cities: sum(({ cityCount }) => cityCount),
        rowsPending: 0,
        rowsStored: tables.acked(process),
        lagRecords: 0,
        lagSeconds: 0,
        storeFailing: false,
        newestObservedMs: newest.length === 0 ? Number.NaN : Math.max(...newest),
      }),
    );
    violations.expect(says === wanted, 'stats are true', () => `${name}: ${says} instead of ${wanted}`);
  }
}

/** What a shard says of itself once it has applied the last tick, or after ten looks. */
async function caughtUpStats({ violations, scheduler }: World, engine: Engine): Promise<ShardStats | undefined> {
  let stats: ShardStats | undefined;
  for (let look = 0; look < 10; look++) {
    let answered = false;
    engine.stats().then(
      (taken) => {
        stats = taken;
        answered = true;
      },
      (error: unknown) => violations.note('a shard tells its stats', String(error)),
    );
    await scheduler.runUntil(() => answered || violations.first !== undefined, 10_000);
    if (!answered || stats?.lagRecords === 0) return stats;
    await scheduler.runUntil(() => violations.first !== undefined, 50);
  }
  return stats;
}

/** Members by name, so that only what they say is compared. */
function inOrder(stats: object): readonly (readonly [string, unknown])[] {
  return Object.entries(stats).sort(([a], [b]) => (a < b ? -1 : 1));
}
