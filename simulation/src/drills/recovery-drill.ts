import { createBlobCheckpoints } from '@isotherm/checkpoint/internals';
import { resolveShardOptions, type ShardEngine, startShardEngine } from '@isotherm/compute/internals';
import { createPartitionState } from '@isotherm/domain';
import { createPlacement, partitionsOf } from '@isotherm/placement';
import { TEST_SETTINGS } from '@isotherm/testkit';
import { createHeardLogger } from '../engine/heard-logger.ts';
import type { SimulatedProcess } from '../engine/simulated-process.ts';
import { createBlobDisk } from '../fakes/blob-disk.ts';
import { createStoreTables } from '../fakes/store-tables.ts';
import type { Drill } from './drill.ts';

const INCARNATION = '0191a2b3c4d50041';
const SETTINGS = { ...TEST_SETTINGS, maxCitiesPerPartition: 65_536 };
const PASSED_OVER = 'Checkpoint was passed over';
const FORECASTS_LOST = 'Forecasts could not be restored';

/** What must be known of a partition once it is back. */
interface Back {
  readonly appliedOffset: number;
  readonly sinkCursor: number;
  readonly checkpointOffset: number;
  readonly checkpointFloor: number;
  readonly fallbackFloor: number;
  readonly needsFullSegment: boolean;
  readonly segments: number;
  readonly deltaBytes: number;
  readonly term: number;
}

/** A shard comes back: with its partitions and no others, each as its newest good checkpoint says, and it knows what the log is still needed for. */
export async function drillRecovery(drill: Drill): Promise<void> {
  const { prng, same, settled, scheduler, faults, violations } = drill;
  const shards = ['shard-0', 'shard-1'].slice(0, 1 + prng.below(2));
  const partitionCount = 1 + prng.below(7);
  const placement = createPlacement({ shards, partitionCount, epoch: 1 });
  const name = shards[0]!;
  const owned = partitionsOf(placement, name);
  const disk = createBlobDisk({ faults });
  const process = drill.spawn('shard');
  const blobs = disk.open(process);
  const checkpoints = createBlobCheckpoints(blobs, { runtime: process });
  const starts: number[] = [];
  const backs: Back[] = [];
  const forecasts = await learnt();
  let passedOver = 0;
  for (let partition = 0; partition < partitionCount; partition++) {
    const back = prng.chance(0.25) ? await withoutCheckpoint(partition) : await withCheckpoints(partition);
    backs.push(back);
    if (owned.includes(partition) && back.needsFullSegment && back.segments > 0) passedOver += 1;
  }
  const { logger, heard } = createHeardLogger();
  const opened: (readonly (readonly [number, number])[])[] = [];
  const told: string[] = [];
  const engine = await start(process, disk, { logger, opened, told });
  same('a shard takes its partitions, in order', [...engine.runtimes.keys()], owned);
  const found = [...engine.runtimes.values()].map((runtime) => {
    const { sinkCursor, checkpointOffset, checkpointFloor, fallbackFloor, needsFullSegment, segments, deltaBytes } =
      runtime;
    const { appliedOffset } = runtime.state;
    const known = {
      sinkCursor,
      checkpointOffset,
      checkpointFloor,
      fallbackFloor,
      needsFullSegment,
      segments,
      deltaBytes,
    };
    return { appliedOffset, ...known, term: runtime.claim.term };
  });
  same(
    'a partition is as its newest good checkpoint says',
    found,
    owned.map((partition) => backs[partition]),
  );
  same(
    'nothing was passed over yet, and each is its own',
    [...engine.runtimes.values()].map(({ partition, poisoned, claim }) => [partition, poisoned, claim.owner]),
    owned.map((partition) => [partition, 0, name]),
  );
  same(
    'the log is kept from where recovery may have to begin',
    [...engine.retentionFloors()],
    owned.map((partition) => [partition, backs[partition]!.fallbackFloor]),
  );
  const positions = (of: keyof Back) => owned.map((partition) => [partition, backs[partition]![of]]);
  same('applying and storing go on where they ended', opened, [positions('appliedOffset'), positions('sinkCursor')]);
  same(
    'every partition that is back is told',
    told,
    owned.map((_, i) => `${i + 1} of ${owned.length}`),
  );
  same('what is passed over is said', heard.get(PASSED_OVER) ?? 0, passedOver);
  same('forecasts go on', heard.get(FORECASTS_LOST) ?? 0, 0);
  for (const { partition, forecaster } of engine.runtimes.values()) {
    const wanted = backs[partition]!.segments > 0 ? forecasts : [];
    const known = wanted.length === 0 || Buffer.compare(forecaster.takeState('full'), Uint8Array.from(wanted)) === 0;
    same('forecasts know what they knew', known, true);
  }
  process.kill();

  function start(
    owner: SimulatedProcess,
    from: typeof disk,
    to: { readonly logger: typeof logger; readonly opened: unknown[]; readonly told: string[] },
  ): Promise<ShardEngine> {
    const log = {
      incarnation: INCARNATION,
      partitionCount,
      extents: async () => backs.map(({ appliedOffset }, i) => ({ start: starts[i]!, end: appliedOffset, weight: 0 })),
      openReader: async (at: ReadonlyMap<number, number>) => {
        to.opened.push([...at]);
        const poll = () => new Promise<never>(() => undefined);
        return { poll, close: async () => undefined, [Symbol.asyncDispose]: async () => undefined };
      },
    };
    const analytics = createStoreTables({ scheduler, faults, violations }).open(owner);
    return settled(
      startShardEngine(
        {
          name,
          placement,
          log: log as never,
          checkpoints: createBlobCheckpoints(from.open(owner), { runtime: owner }),
          analytics,
          logger: to.logger,
          runtime: owner,
          failed: () => undefined,
          restored: (done, total) => void to.told.push(`${done} of ${total}`),
        },
        resolveShardOptions({ storeRaw: true }),
      ),
    );
  }

  async function withoutCheckpoint(partition: number): Promise<Back> {
    starts[partition] = 0;
    const none = { appliedOffset: 0, sinkCursor: 0, checkpointOffset: 0, checkpointFloor: 0, fallbackFloor: 0 };
    return { ...none, needsFullSegment: true, segments: 0, deltaBytes: 0, term: 1 };
  }

  /** A full checkpoint and deltas after it, the newest of which may be damaged. */
  async function withCheckpoints(partition: number): Promise<Back> {
    const claim = await settled(checkpoints.claim(partition, 'before'));
    const state = createPartitionState({ partition, settings: SETTINGS });
    const made: Back[] = [];
    starts[partition] = prng.below(3);
    let offset = starts[partition]!;
    let deltaBytes = 0;
    for (let segments = 1, count = 1 + prng.below(4); segments <= count; segments++) {
      offset += 1 + prng.below(5);
      state.skip(offset - 1, 'drill');
      const sinkCursor = Math.max(0, offset - prng.below(4));
      const kind = segments === 1 ? 'full' : 'delta';
      const segment = state.takeSegment(kind, kind === 'full' ? Uint8Array.from(forecasts) : undefined);
      if (kind === 'delta') deltaBytes += segment.length;
      await settled(checkpoints.commit(claim, { kind, segment, offset, sinkCursor, incarnation: INCARNATION }));
      const places = { appliedOffset: offset, sinkCursor, checkpointOffset: offset };
      const floors = { checkpointFloor: Math.min(offset, sinkCursor), fallbackFloor: starts[partition]! };
      made.push({ ...places, ...floors, needsFullSegment: false, segments, deltaBytes, term: 2 });
    }
    if (made.length < 2 || prng.chance(0.5)) return made.at(-1)!;
    const folder = `partition-${String(partition).padStart(5, '0')}`;
    const newest = [...(await settled(blobs.list(folder)))]
      .filter((each) => each.startsWith('manifest'))
      .sort()
      .at(-1)!;
    await settled(blobs.put(folder, newest, Uint8Array.of(1, 2, 3)));
    return { ...made.at(-2)!, needsFullSegment: true };
  }

  /** Forecasts that have learnt something, as a checkpoint holds them. */
  async function learnt(): Promise<number[]> {
    const first = drill.spawn('shard');
    for (let partition = 0; partition < partitionCount; partition++) {
      starts.push(0);
      backs.push(await withoutCheckpoint(partition));
    }
    const elsewhere = await start(first, createBlobDisk({ faults }), {
      logger: createHeardLogger().logger,
      opened: [],
      told: [],
    });
    const [runtime] = elsewhere.runtimes.values();
    for (let hour = 0; hour < 5; hour++) runtime?.forecaster.hourCompleted(0, 494_000 + hour, hour, 50, 1);
    const known = [...(runtime?.forecaster.takeState('full') ?? [])];
    first.kill();
    backs.length = 0;
    return known;
  }
}
