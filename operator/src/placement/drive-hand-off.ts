import { errorText, type RuntimeLogger } from '../runtime/index.ts';
import type { HandOffPlan } from './plan-hand-off.ts';
import type { AcquiredPartition, ShardControl } from './shard-control.ts';

/** What a step of the hand-off needs. */
export interface HandOffDeps {
  readonly epoch: number;
  /** Control calls of a shard that answers. */
  readonly control: (shard: string) => ShardControl;
  readonly logger: RuntimeLogger;
}

/** What a step did. */
export interface HandOffStep {
  /** Partitions that changed hands. */
  readonly moved: number;
  /** What failed, by shard; the next plan tries again. */
  readonly failures: ReadonlyMap<string, string>;
}

/** Carries out a plan: follows and releases side by side, hand-overs side by side by pair of shards. */
export async function driveHandOff(plan: HandOffPlan, deps: HandOffDeps): Promise<HandOffStep> {
  const { epoch, control, logger } = deps;
  const failures = new Map<string, string>();
  let moved = 0;

  async function attempt(shard: string, what: string, call: () => Promise<void>): Promise<void> {
    try {
      await call();
    } catch (error) {
      failures.set(shard, `${what}: ${errorText(error)}`);
      logger.warn({ shard, what, error: errorText(error) }, 'Hand-off step failed; it is tried again');
    }
  }

  async function handOver(from: string | undefined, to: string, partitions: readonly number[]): Promise<void> {
    let offsets: ReadonlyMap<number, bigint> = new Map();
    if (from !== undefined) {
      await attempt(from, 'Release', async () => {
        offsets = await control(from).release(epoch, partitions);
      });
      // It may own them still: without its offsets nobody takes over, until it answers or counts as dead.
      if (failures.has(from)) return;
    }
    const wanted: AcquiredPartition[] = partitions.map((partition) => ({
      partition,
      releaseOffset: offsets.get(partition),
    }));
    await attempt(to, 'Acquire', async () => {
      const refused = await control(to).acquire(epoch, wanted);
      moved += partitions.length - refused.size;
      const [first] = refused;
      if (first !== undefined) throw new Error(`partition ${first[0]}: ${first[1]} (${refused.size} in all)`);
    });
  }

  const pairs = Map.groupBy(plan.handOver, ({ from, to }) => `${from ?? ''} ${to}`);
  await Promise.all([
    ...[...plan.follow].map(([shard, list]) => attempt(shard, 'Follow', () => control(shard).follow(epoch, list))),
    ...[...plan.release].map(([shard, list]) =>
      attempt(shard, 'Release', async () => void (await control(shard).release(epoch, list))),
    ),
    ...[...pairs.values()].map((moves) =>
      handOver(
        moves[0]!.from,
        moves[0]!.to,
        moves.map(({ partition }) => partition),
      ),
    ),
  ]);
  return { moved, failures };
}
