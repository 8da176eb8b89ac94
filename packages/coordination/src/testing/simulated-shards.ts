import type { Runtime } from '@isotherm/runtime';
import { IsothermError } from '@isotherm/service-kit';
import type { ControlCalls } from '../control-calls.ts';
import type { RecordedShard } from '../placement-record.ts';
import type { PartitionPhase, ShardReport } from '../shard-report.ts';

interface Held {
  phase: PartitionPhase;
  applied: number;
  term: number;
}

interface Simulated {
  instance: number;
  epoch: number;
  reachable: boolean;
  alive: boolean;
  readonly held: Map<number, Held>;
}

/** Shards that hold partitions as ADR 14 says, over one log whose records are counted. Any call may fail, before or after it took effect. */
export interface SimulatedShards {
  readonly control: ControlCalls;
  readonly shards: readonly RecordedShard[];
  /** Appends a record to every partition and lets shards apply and load. Checks that no record is written by two owners of different claims. */
  step(): void;
  kill(shard: string): void;
  start(shard: string): void;
  setReachable(shard: string, reachable: boolean): void;
  /** Shares of calls that fail, [0, 1). */
  failureRate: number;
  ownersOf(partition: number): readonly string[];
  isAlive(shard: string): boolean;
  /** Records by partition, and up to where some rightful owner has applied them. */
  progress(partition: number): { readonly end: number; readonly ownerApplied: number };
}

/** Creates shards named shard-0 … that are alive and hold nothing. */
export function createSimulatedShards(shardCount: number, partitionCount: number, runtime: Runtime): SimulatedShards {
  const shards = Array.from({ length: shardCount }, (_, index) => ({
    name: `shard-${index}`,
    address: `shard-${index}:1`,
    controlAddress: `shard-${index}:2`,
    draining: false,
  }));
  const states = new Map<string, Simulated>(
    shards.map(({ name }) => [name, { instance: 1, epoch: 0, reachable: true, alive: true, held: new Map() }]),
  );
  const ends = new Array<number>(partitionCount).fill(0);
  const terms = new Array<number>(partitionCount).fill(0);
  const checkpoints = new Array<number>(partitionCount).fill(0);
  const world = { failureRate: 0 };

  async function reach<T>(name: string, epoch: number | undefined, act: (state: Simulated) => T): Promise<T> {
    await runtime.sleep(1 + runtime.random() * 20);
    const fail = () =>
      new IsothermError({ code: 'UNAVAILABLE', id: 'SHARD_UNAVAILABLE', message: `${name} does not answer.` });
    const state = states.get(name)!;
    if (!state.alive || !state.reachable || runtime.random() < world.failureRate) throw fail();
    if (epoch !== undefined) {
      if (epoch < state.epoch)
        throw new IsothermError({
          code: 'FAILED_PRECONDITION',
          id: 'STALE_EPOCH',
          message: `${name} has seen epoch ${state.epoch}.`,
        });
      state.epoch = epoch;
    }
    const result = act(state);
    // The effect stands, the answer is lost.
    if (runtime.random() < world.failureRate) throw fail();
    return result;
  }

  function report(name: string, state: Simulated): ShardReport {
    return {
      shard: name,
      instanceId: String(state.instance),
      epoch: state.epoch,
      partitions: new Map(
        [...state.held].map(([partition, { phase, applied }]) => [
          partition,
          {
            partition,
            phase,
            appliedOffset: applied,
            endOffset: ends[partition]!,
            lagSeconds: (ends[partition]! - applied) / 10,
            observationsPerSecond: 1,
            busyRatio: 0,
            cities: 1,
            checkpointOffset: checkpoints[partition]!,
          },
        ]),
      ),
    };
  }

  const control: ControlCalls = {
    getOwnership: ({ name }) => reach(name, undefined, (state) => report(name, state)),
    setPlacement: async () => undefined,
    follow: ({ name }, { epoch, partitions }) =>
      reach(name, epoch, ({ held }) => {
        for (const partition of partitions) {
          if (!held.has(partition))
            held.set(partition, { phase: 'loading', applied: checkpoints[partition]!, term: 0 });
        }
      }),
    release: ({ name }, { epoch, partitions }) =>
      reach(name, epoch, ({ held }) => {
        const offsets = new Map<number, number>();
        for (const partition of partitions) {
          const of = held.get(partition);
          if (of === undefined) continue;
          offsets.set(partition, of.applied);
          if (of.phase === 'owning' && of.term === terms[partition]) checkpoints[partition] = of.applied;
          held.delete(partition);
        }
        return offsets;
      }),
    acquire: ({ name }, { epoch, partitions }) =>
      reach(name, epoch, ({ held }) =>
        partitions.map(({ partition, releaseOffset }) => {
          const of = held.get(partition);
          if (of === undefined) return { partition, owned: false, reason: 'it does not follow it' };
          if (of.phase !== 'owning') {
            of.applied = Math.max(of.applied, releaseOffset ?? ends[partition]!);
            of.term = ++terms[partition]!;
            of.phase = 'owning';
          }
          return { partition, owned: true, reason: '' };
        }),
      ),
  };

  return Object.assign(world, {
    control,
    shards,
    step() {
      for (let partition = 0; partition < partitionCount; partition++) ends[partition]! += 1;
      for (const { alive, held } of states.values()) {
        if (!alive) continue;
        for (const [partition, of] of held) {
          if (of.phase === 'loading' && runtime.random() < 0.5) of.phase = 'following';
          if (of.phase === 'following' || of.phase === 'owning')
            of.applied = Math.min(ends[partition]!, of.applied + 5);
          // The next commit of an owner whose claim was taken fails, and drops the partition.
          if (of.phase === 'owning' && of.term < terms[partition]! && runtime.random() < 0.3) held.delete(partition);
          else if (of.phase === 'owning' && of.term === terms[partition] && runtime.random() < 0.2)
            checkpoints[partition] = of.applied;
        }
      }
    },
    kill(shard: string) {
      const state = states.get(shard)!;
      state.alive = false;
      state.held.clear();
    },
    start(shard: string) {
      const state = states.get(shard)!;
      if (state.alive) return;
      Object.assign(state, { alive: true, instance: state.instance + 1 });
    },
    setReachable(shard: string, reachable: boolean) {
      states.get(shard)!.reachable = reachable;
    },
    isAlive: (shard: string) => states.get(shard)!.alive,
    ownersOf: (partition: number) =>
      [...states]
        .filter(([, { alive, held }]) => alive && held.get(partition)?.phase === 'owning')
        .map(([name]) => name),
    progress(partition: number) {
      const rightful = [...states.values()]
        .map(({ held }) => held.get(partition))
        .filter((of) => of?.phase === 'owning' && of.term === terms[partition]);
      return {
        end: ends[partition]!,
        ownerApplied: Math.max(checkpoints[partition]!, ...rightful.map((of) => of!.applied)),
      };
    },
  });
}
