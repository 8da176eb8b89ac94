import type { Log } from '@isotherm/log';
import { createPlacement, partitionsOf } from '@isotherm/placement';
import type { SimulatedProcess } from '../engine/simulated-process.ts';
import { createRemoteLog } from '../fakes/remote-log.ts';
import { type IngestNode, startIngestNode } from './ingest-node.ts';
import { INCARNATION, type LogNode, settingsOf, startLogNode } from './log-node.ts';
import { standbysOf, startMover } from './mover.ts';
import { appendPoison } from './poison.ts';
import { type ProducerNode, startProducer } from './producer-node.ts';
import { startReplayer } from './replayer.ts';
import { type ShardNode, startShardNode } from './shard-node.ts';
import type { World } from './world.ts';

/** All processes of a run, and the supervisor that starts them again. */
export interface Cluster {
  /** One second of the supervisor: starts what is down. Called once a second of simulated time. */
  supervise(): void;
  /** One second of chaos: kills, pauses, cuts and jumps what its faults strike. */
  trouble(): void;
  /** Ends what is left of older owners, and lets producers finish. */
  settleDown(): void;
  /** A batch that is not answered yet; undefined when all are. */
  readonly unanswered: string | undefined;
  /** What is not applied, stored or checkpointed yet; undefined when all is. */
  readonly unfinished: string | undefined;
  /** Every process ends, the machine sleeps for seven hours, and all starts again: no clock was that far ahead. */
  sleepAndRestart(): void;
  /** The newest process of each shard. */
  readonly owners: readonly ShardNode[];
}

/** Starts everything. */
export function startCluster(world: World): Cluster {
  const { layout, faults, prng, scheduler, network, blobs, tables } = world;
  const first = createPlacement({ shards: layout.shards, partitionCount: layout.partitionCount, epoch: 1 });
  const shards: ShardNode[] = [];
  const ingests = new Map<number, IngestNode>();
  const producers: ProducerNode[] = [];
  let logNode: LogNode;
  let sessions = 0n;
  let healing = false;

  const ownerOf = (name: string): ShardNode | undefined => shards.findLast((shard) => shard.name === name);
  const living = (name: string) => shards.filter((shard) => shard.name === name && shard.process.alive);
  const mover = startMover(
    world,
    { ...first, standbys: standbysOf(first.owners, layout) },
    { newest: ownerOf, living: () => shards.filter(({ process }) => process.alive) },
  );
  const owned = (name: string) => partitionsOf(mover.table, name);

  function trimOffsets(): ReadonlyMap<number, number> | undefined {
    const merged = new Map<number, number>();
    for (const name of layout.shards) {
      const engine = ownerOf(name)?.engine;
      if (engine === undefined) {
        if (owned(name).length > 0) return undefined;
        continue;
      }
      for (const [partition, offset] of engine.trimOffsets()) {
        const checkpointed = engine.table.get(partition)?.checkpointOffset ?? 0;
        world.violations.expect(
          Number.isInteger(offset) && offset >= 0 && offset <= checkpointed,
          'the log is kept from a place before the newest checkpoint',
          () => `partition ${partition}: ${offset}, the checkpoint stands at ${checkpointed}`,
        );
        merged.set(partition, Math.min(offset, merged.get(partition) ?? offset));
      }
    }
    return merged;
  }

  function startLog(): void {
    logNode = startLogNode(world, trimOffsets, (log) => {
      if (layout.ingests === 0) ingests.set(0, startIngestNode(world, logNode.process, log));
    });
  }

  /** The log as a process sees it that does not write it itself. */
  function remoteLog(process: SimulatedProcess): Log {
    return createRemoteLog(process, {
      faults,
      current: () => logNode.log,
      incarnation: INCARNATION,
      partitionCount: layout.partitionCount,
      settings: settingsOf(world),
    });
  }

  function startShard(name: string): void {
    const alone = () => living(name).length <= 1;
    shards.push(startShardNode(world, name, { placement: mover.table, ticksOf: remoteLog, alone }));
  }

  function startIngest(number: number): void {
    const process = world.spawn(`ingest-${number}`);
    ingests.set(number, startIngestNode(world, process, remoteLog(process)));
  }

  /** A load balancer: any ingest that is ready. */
  function target(): IngestNode | undefined {
    const ready = [...ingests.values()].filter((ingest) => ingest.ready);
    return ready.length === 0 ? undefined : prng.pick(ready);
  }

  /** A producer begins a new session, or, one in ten, wrongly goes on under an old one from sequence 1. */
  function launch(number: number): void {
    const before = producers[number];
    const reused = before !== undefined && prng.chance(0.1);
    const session = reused ? before.session : ++sessions;
    producers[number] = startProducer(world, { producerId: `producer-${number}`, session }, target);
  }

  /** What was written last may be torn when its writer died, unless another one lives who builds on it. */
  function damageAfter(process: SimulatedProcess): void {
    const shard = shards.find((each) => each.process === process);
    if (shard === undefined || living(shard.name).length > 0) return;
    for (const partition of owned(shard.name)) {
      if (shards.some(({ control }) => control !== undefined && control.table.phaseOf(partition) !== 'gone')) continue;
      if (faults.strike('blobDamaged')) blobs.damage(`partition-${String(partition).padStart(5, '0')}`);
    }
  }

  /** A shard or ingest is asked to stop: it finishes what it can, a shard within its time. */
  function stopGracefully(process: SimulatedProcess): void {
    const engine = shards.find((each) => each.process === process)?.engine;
    const ingest = [...ingests.values()].find((each) => each.process === process);
    if (engine !== undefined) void engine.stop().then(() => process.kill());
    // Clients get a moment to read their last answers.
    else if (ingest !== undefined) void ingest.drain().then(() => process.after(500, () => process.kill()));
  }

  const processes = () => [
    logNode.process,
    ...[...ingests.values()].map(({ process }) => process),
    ...shards.map(({ process }) => process),
    ...producers.map(({ process }) => process),
  ];

  startLog();
  for (let number = 0; number < layout.ingests; number++) startIngest(number);
  for (const name of layout.shards) startShard(name);
  for (let number = 0; number < layout.producers; number++) launch(number);
  const replayer = startReplayer(world, target);

  return {
    supervise() {
      const soon = healing || prng.chance(0.5);
      if (!soon) return;
      if (!logNode.process.alive) startLog();
      for (let number = 0; number < layout.ingests; number++) {
        if (ingests.get(number)?.process.alive !== true) startIngest(number);
      }
      for (const name of layout.shards) if (living(name).length === 0) startShard(name);
      producers.forEach((producer, number) => {
        if (!producer.process.alive && !healing) launch(number);
      });
      while (shards.length > 0 && shards.length > 8 && !shards[0]!.process.alive) shards.shift();
    },
    trouble() {
      mover.move();
      for (const process of processes()) {
        if (!process.alive) continue;
        if (faults.strike('clockJump')) process.jumpClock((prng.float() - 0.5) * 6 * 3_600_000);
        if (faults.strike('pause')) process.pause(prng.float() * 30_000);
        if (faults.strike('crash')) {
          process.kill();
          damageAfter(process);
        }
        if (faults.strike('gracefulStop')) stopGracefully(process);
      }
      if (faults.strike('powerLoss')) {
        for (const process of processes()) process.kill();
        blobs.losePower();
      }
      if (faults.strike('poison') && logNode.log !== undefined) appendPoison(world, logNode.log);
      if (faults.strike('secondOwner')) startShard(prng.pick(layout.shards));
      if (faults.strike('storeAway')) tables.goAway(prng.float() * 60_000);
      if (faults.strike('networkCut')) network.cut(prng.pick(producers).process, prng.float() * 20_000);
    },
    settleDown() {
      healing = true;
      tables.goAway(0);
      for (const shard of shards) if (shard !== ownerOf(shard.name)) shard.process.kill();
      mover.finish();
      for (const producer of producers) producer.finish();
      replayer.finish();
      world.recorder.logger.info({ atMs: scheduler.nowMs }, 'simulation: healed');
    },
    get unanswered() {
      const { unsettled } = mover;
      if (unsettled !== undefined) return unsettled;
      const waiting = producers.find((producer) => producer.process.alive && !producer.done);
      if (waiting !== undefined) return `${waiting.process.name} waits for answers`;
      if (!replayer.done) return 'a replay waits for its answer';
      const busy = [...ingests.values()].find((ingest) => ingest.process.alive && ingest.pendingBytes > 0);
      return busy === undefined ? undefined : `${busy.process.name} waits for the log`;
    },
    get unfinished() {
      for (const name of layout.shards) {
        if (owned(name).length === 0) continue;
        const engine = ownerOf(name)?.engine;
        if (engine === undefined) return `${name} has not come back`;
        for (const partition of owned(name)) {
          if (engine.table.owned(partition) === undefined) return `${name} does not own partition ${partition}`;
        }
        for (const runtime of engine.table.inPhase('owning')) {
          const { state, partition, sinkCursor, checkpointOffset } = runtime;
          const end = world.history.records[partition]!.length;
          const observed = world.history.observedEnds[partition]!;
          const { appliedOffset, rowsPending } = state;
          if (appliedOffset < end || sinkCursor < observed || checkpointOffset < observed || rowsPending > 0) {
            return `partition ${partition}: applied ${appliedOffset}, sink ${sinkCursor}, checkpoint ${checkpointOffset} of ${observed} and ${end}, ${rowsPending} rows wait`;
          }
        }
      }
      return undefined;
    },
    sleepAndRestart() {
      for (const process of processes()) process.kill();
      world.sleep(7 * 3_600_000);
    },
    get owners() {
      return layout.shards.flatMap((name) => ownerOf(name) ?? []);
    },
  };
}
