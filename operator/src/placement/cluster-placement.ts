import {
  type ControlCalls,
  createHandOffDriver,
  createShardLiveness,
  type FinishedMove,
  type PlacementRecord,
  planTarget,
  type RecordedShard,
  type ShardReport,
} from '@isotherm/coordination';
import type { Runtime } from '@isotherm/runtime';
import type { Logger } from '@isotherm/service-kit';
import type { PlacementConfigMap } from './placement-config-map.ts';

/** What is asked of the placement of one cluster. */
export interface PlacementWish {
  readonly partitions: number;
  /** Shards that pods exist for or are coming for. */
  readonly shards: readonly RecordedShard[];
  readonly standbys: number;
  readonly targetShards: number;
  /** Loads are to be made level by moving a few partitions. Default false. */
  readonly rebalance?: boolean;
}

/** A pod, as far as the placement is concerned. */
export interface PlacementPod {
  readonly name: string;
  readonly uid: string;
  /** host:port of its control calls; undefined while it has no address. */
  readonly address: string | undefined;
}

/** What shards said and what is known of those that said nothing. */
export interface ShardView {
  readonly reports: ReadonlyMap<string, ShardReport>;
  /** Shards whose pod exists and that do not answer, with the time since they last did. */
  readonly silent: ReadonlyMap<string, { readonly forMs: number }>;
  /** Shards that own nothing any more: silent for too long, or without a pod. */
  readonly gone: ReadonlySet<string>;
}

/** The placement as it is after a look at the shards. */
export interface PlacementState {
  readonly record: PlacementRecord;
  readonly targetShards: number;
  readonly view: ShardView;
}

/** What a step of placement left. */
export interface PlacementOutcome {
  readonly record: PlacementRecord;
  /** Partitions that are not yet owned by who shall own them. */
  readonly moving: readonly number[];
  /** So many shards are silent at once that the fault is likely between them and the operator: nothing moves. */
  readonly tooManyUnreachable: boolean;
  /** Partitions that got another target in this step. */
  readonly retargeted: number;
  readonly moves: readonly FinishedMove[];
  /** What failed, or what is awaited, in sentences. */
  readonly problems: readonly string[];
}

/** Moves the partitions of one cluster between its shards. */
export interface ClusterPlacement {
  /** Reads the record, made where there is none, and asks every shard. */
  look(wish: PlacementWish, pods: ReadonlyMap<string, PlacementPod>): Promise<PlacementState>;
  /** Records who shall own what, does one round of hand-offs, and tells the table to whoever does not know it. */
  step(wish: PlacementWish, state: PlacementState, listeners: readonly PlacementPod[]): Promise<PlacementOutcome>;
}

/** What {@link createClusterPlacement} stands on. */
export interface ClusterPlacementDeps {
  readonly control: ControlCalls;
  readonly store: PlacementConfigMap;
  readonly logger: Logger;
  readonly runtime: Runtime;
}

const PUBLISH_MS = 2_000;
/** A shard that has never answered may take so long to start before its share goes to the others. */
const START_MS = 60_000;

/** Creates the placement of a cluster. @param options failoverAfterMs: a shard silent for so long counts as gone. */
export function createClusterPlacement(
  deps: ClusterPlacementDeps,
  { failoverAfterMs }: { readonly failoverAfterMs: number },
): ClusterPlacement {
  const { store, runtime } = deps;
  const driver = createHandOffDriver(deps);
  const liveness = createShardLiveness(failoverAfterMs);
  const silentSinceMs = new Map<string, number>();
  /** Pods by uid that were told a table, with its epoch. */
  let told = new Map<string, number>();
  let instances = new Map<string, string>();

  async function survey(
    record: PlacementRecord,
    wish: PlacementWish,
    pods: ReadonlyMap<string, PlacementPod>,
  ): Promise<ShardView> {
    const shards = new Map([...record.shards, ...wish.shards].map((shard) => [shard.name, shard]));
    const asked = [...shards.values()].filter(({ name }) => pods.get(name)?.address !== undefined);
    const { reports } = await driver.survey(asked);
    const nowMs = runtime.monotonicMs();
    const owners = new Set(record.owners.map((owner) => record.shards[owner]?.name));
    for (const name of shards.keys()) {
      const report = reports.get(name);
      if (report !== undefined) {
        liveness.answered(report, nowMs);
        silentSinceMs.delete(name);
        continue;
      }
      if (!silentSinceMs.has(name)) silentSinceMs.set(name, nowMs);
      // A pod that is not made yet is no loss; one that owned partitions and is away is.
      if (!pods.has(name) && owners.has(name)) liveness.gone(name);
      else if (
        owners.has(name) ||
        liveness.lastAnswerMs(name) !== undefined ||
        nowMs - silentSinceMs.get(name)! >= START_MS
      )
        liveness.silent(name, nowMs);
    }
    for (const name of silentSinceMs.keys()) {
      if (shards.has(name)) continue;
      silentSinceMs.delete(name);
      liveness.forget(name);
    }
    const silent = new Map(
      [...silentSinceMs]
        .filter(([name]) => pods.has(name))
        .map(([name, sinceMs]) => [name, { forMs: nowMs - sinceMs }]),
    );
    const absent = [...shards.keys()].filter((name) => !pods.has(name));
    return { reports, silent, gone: new Set([...liveness.given(nowMs), ...absent]) };
  }

  /** A pod that does not answer is told again in the next step. */
  async function publish(record: PlacementRecord, view: ShardView, listeners: readonly PlacementPod[]): Promise<void> {
    const knows = ({ uid, name }: PlacementPod) => {
      // A container that was started again in its pod knows what is mounted, which may be older.
      const restarted = instances.has(name) && instances.get(name) !== view.reports.get(name)?.instanceId;
      return told.get(uid) === record.epoch && !restarted;
    };
    const results = await Promise.all(
      listeners.map(async (pod) => {
        if (pod.address === undefined) return [];
        if (knows(pod)) return [[pod.uid, record.epoch] as const];
        try {
          await deps.control.setPlacement(pod.address, record, { timeoutMs: PUBLISH_MS });
          return [[pod.uid, record.epoch] as const];
        } catch (error) {
          deps.logger.debug({ err: error, pod: pod.name }, 'A placement table did not arrive');
          return [];
        }
      }),
    );
    told = new Map(results.flat());
    instances = new Map([...view.reports].map(([name, { instanceId }]) => [name, instanceId]));
  }

  return {
    async look(wish, pods) {
      let record = await store.load();
      if (record === undefined) {
        record = planTarget(undefined, { ...wish, partitionCount: wish.partitions });
        if (record === undefined) throw new Error('There is no shard to place partitions on');
        await store.save(record, undefined);
      }
      if (record.targets.length !== wish.partitions) {
        throw new Error(
          `The placement record is of ${record.targets.length} partitions, but spec.partitions is ${wish.partitions}: use the number of the log that is there, or another name`,
        );
      }
      return { record, targetShards: store.stored()!.targetShards, view: await survey(record, wish, pods) };
    },
    async step(wish, { record: before, view }, listeners) {
      await store.saveTarget(wish.targetShards);
      const lost = tooMany(before, view);
      if (lost) {
        return {
          record: before,
          moving: movingOf(before),
          tooManyUnreachable: true,
          retargeted: 0,
          moves: [],
          problems: [],
        };
      }
      const given = liveness.given(runtime.monotonicMs());
      const shards = wish.shards.filter(({ name }) => !given.has(name));
      const next = planTarget(before, {
        ...wish,
        shards,
        partitionCount: wish.partitions,
        ...(wish.rebalance ? { rates: ratesOf(wish.partitions, view) } : {}),
      });
      if (next !== undefined) await store.save(next, before);
      const record = next ?? before;
      const round = await driver.round(record, { reports: view.reports, gone: view.gone });
      await publish(round.record, view, listeners);
      return {
        record: round.record,
        moving: movingOf(round.record),
        tooManyUnreachable: false,
        retargeted: record.targets.filter(
          (target, partition) => nameOf(before, before.targets[partition]!) !== nameOf(record, target),
        ).length,
        moves: round.moves,
        problems: [...round.failures, ...new Set(round.waiting.values())],
      };
    },
  };
}

function ratesOf(partitionCount: number, { reports }: ShardView): number[] {
  const rates = new Array<number>(partitionCount).fill(0);
  for (const { partitions } of reports.values()) {
    for (const { partition, phase, observationsPerSecond } of partitions.values()) {
      if (phase === 'owning' && partition < partitionCount) rates[partition] = observationsPerSecond;
    }
  }
  return rates;
}

/** More than a third of the shards that own something are silent, and more than one. */
function tooMany(record: PlacementRecord, { reports }: ShardView): boolean {
  const owners = new Set(record.owners.map((owner) => record.shards[owner]?.name).filter((name) => name !== undefined));
  const silent = [...owners].filter((name) => !reports.has(name));
  return silent.length > Math.max(1, Math.floor(owners.size / 3));
}

function movingOf({ owners, targets }: PlacementRecord): readonly number[] {
  return owners.flatMap((owner, partition) => (owner === targets[partition] ? [] : [partition]));
}

function nameOf(record: PlacementRecord, index: number): string | undefined {
  return record.shards[index]?.name;
}
