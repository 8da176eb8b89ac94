import { createBlobCheckpoints } from '@isotherm/checkpoint/internals';
import { resolveShardOptions, startShardEngine } from '@isotherm/compute/internals';
import { createPartitionState, type PartitionState } from '@isotherm/domain';
import type { Log } from '@isotherm/log';
import { createPlacement } from '@isotherm/placement';
import { TEST_SETTINGS } from '@isotherm/testkit';
import { createHeardLogger } from '../engine/heard-logger.ts';
import { createBlobDisk } from '../fakes/blob-disk.ts';
import { createStoreTables } from '../fakes/store-tables.ts';
import type { Drill } from './drill.ts';

const INCARNATION = '0191a2b3c4d50011';
const SETTINGS = { ...TEST_SETTINGS, maxCitiesPerPartition: 65_536 };

/** A shard whose log and checkpoints do not belong together does not start, and says why; one whose do starts where they end. */
export async function drillRefusals(drill: Drill): Promise<void> {
  const { prng, same, settled } = drill;
  const from = 2 + prng.below(20);
  const to = from + prng.below(5);
  const cases: readonly (readonly [
    wanted: string,
    offset: number | undefined,
    incarnation: string,
    start: number,
    partitions: number,
  ])[] = [
    ['', undefined, INCARNATION, 0, 1],
    ['CHECKPOINT_MISSING', undefined, INCARNATION, 1 + prng.below(3), 1],
    ['', from, INCARNATION, from, 1],
    ['', to, INCARNATION, from, 1],
    ['LOG_TRUNCATED', from - 1, INCARNATION, from, 1],
    ['CHECKPOINT_BEYOND_LOG', to + 1, INCARNATION, from, 1],
    ['CHECKPOINT_OF_OTHER_LOG', from, '0191a2b3c4d50012', from, 1],
    ['PLACEMENT_MISMATCH', from, INCARNATION, from, 2],
  ];
  for (const [wanted, offset, incarnation, start, partitions] of cases) {
    const disk = createBlobDisk({ faults: drill.faults });
    const process = drill.spawn('shard');
    const checkpoints = createBlobCheckpoints(disk.open(process), { runtime: process });
    if (offset !== undefined) {
      const claim = await settled(checkpoints.claim(0, 'before'));
      const segment = stateAt(offset).takeSegment('full');
      await settled(checkpoints.commit(claim, { kind: 'full', segment, offset, sinkCursor: offset, incarnation }));
    }
    const never = () => new Promise<never>(() => undefined);
    const log = {
      incarnation: INCARNATION,
      partitionCount: 1,
      extents: async () => [{ start, end: Math.max(start, to), weight: 0 }],
      openReader: async (positions: ReadonlyMap<number, number>) => {
        opened = positions;
        return { poll: never, close: async () => undefined, [Symbol.asyncDispose]: async () => undefined };
      },
    };
    let opened: ReadonlyMap<number, number> | undefined;
    const placement = createPlacement({ shards: ['shard-0'], partitionCount: partitions, epoch: 1 });
    const { scheduler, faults, violations } = drill;
    const failed = await drill.errorOf(() =>
      startShardEngine(
        {
          name: 'shard-0',
          placement,
          log: log as unknown as Log,
          checkpoints,
          analytics: createStoreTables({ scheduler, faults, violations }).open(process),
          logger: createHeardLogger().logger,
          runtime: process,
          failed: () => undefined,
        },
        resolveShardOptions({ storeRaw: false }),
      ),
    );
    same('a shard starts with what belongs together, and only then', failed, wanted);
    if (wanted === '') same('a shard reads on where its checkpoint ends', [...(opened ?? [])], [[0, offset ?? 0]]);
    process.kill();
  }
}

function stateAt(offset: number): PartitionState {
  const state = createPartitionState({ partition: 0, settings: SETTINGS });
  if (offset > 0) state.skip(offset - 1, 'drill');
  return state;
}
