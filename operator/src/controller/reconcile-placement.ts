import type { ForecastCluster } from '../api/index.ts';
import { firstRecord, nextRecord, type ShardsWanted } from '../placement/choose-shards.ts';
import { driveHandOff } from '../placement/drive-hand-off.ts';
import {
  hostOf,
  type PlacementRecord,
  recordFromConfigMap,
  recordToConfigMap,
  recordToTable,
  standbysOf,
} from '../placement/placement-record.ts';
import { planHandOff } from '../placement/plan-hand-off.ts';
import type { ShardControl, ShardControls } from '../placement/shard-control.ts';
import type { ShardMonitor, ShardView } from '../placement/shard-monitor.ts';
import { PORTS } from '../resources/index.ts';
import { errorText, type KubeClient, type KubeObject, type RuntimeLogger } from '../runtime/index.ts';
import { childOf, configMapRef, type Mirrors, podsOf } from './cluster-state.ts';
import { podAddress } from './pod-view.ts';

/** What placement is made of. */
export interface PlacementDeps {
  readonly client: KubeClient;
  readonly mirrors: Mirrors;
  readonly monitor: ShardMonitor;
  readonly controls: ShardControls;
  readonly logger: RuntimeLogger;
}

/** Shards, what they hold, and the record. */
export interface PlacementState {
  readonly record: PlacementRecord;
  readonly object: KubeObject;
  readonly view: ShardView;
}

/** What a step of placement left. */
export interface PlacementOutcome {
  readonly record: PlacementRecord;
  /** Partitions that are not yet where the table puts them. */
  readonly moving: readonly number[];
  readonly tooManyUnreachable: boolean;
  readonly epochRaised: boolean;
  readonly failures: ReadonlyMap<string, string>;
}

/** The record as it is, made where there is none. @throws where somebody wrote what is no record. */
export async function readPlacement(
  deps: PlacementDeps,
  cluster: ForecastCluster,
  wanted: ShardsWanted,
): Promise<PlacementState> {
  const ref = configMapRef(cluster, 'placement');
  let object = childOf(deps.mirrors, ref);
  object ??= await deps.client.create(recordToConfigMap(cluster, firstRecord(cluster.spec.partitions, wanted)));
  const record = recordFromConfigMap(object);
  if (record.placement.partitionCount !== cluster.spec.partitions) {
    throw new Error(
      `ConfigMap ${ref.name} holds a placement of ${record.placement.partitionCount} partitions, but spec.partitions is ${cluster.spec.partitions}: use the number of the log that is there, or another name`,
    );
  }
  const names = [...new Set([...record.placement.shards, ...wanted.shards])];
  const pods = new Map(podsOf(deps.mirrors, cluster, 'compute').map((pod) => [pod.metadata.name, pod]));
  const asked = names.map((shard) => {
    const pod = pods.get(shard);
    const address = pod === undefined ? undefined : podAddress(pod);
    return {
      shard,
      exists: pod !== undefined,
      control: address === undefined ? undefined : controlOf(deps, cluster, shard, address),
    };
  });
  const { uid } = cluster.metadata;
  const view = await deps.monitor.ask(uid, asked, cluster.spec.compute.failoverAfterSeconds * 1000);
  return { record, object, view };
}

/** Records the next table, then moves partitions one step towards it, then makes it known. */
export async function movePlacement(
  deps: PlacementDeps,
  cluster: ForecastCluster,
  {
    state,
    wanted,
    known,
  }: { readonly state: PlacementState; readonly wanted: ShardsWanted; readonly known: Set<string> },
): Promise<PlacementOutcome> {
  const { client, logger } = deps;
  const { view } = state;
  const next = nextRecord(state.record, wanted, view);
  const { record } = next;
  if (next.changed) {
    // A leader of the past holds an older resourceVersion: its write is refused.
    await client.replace(recordToConfigMap(cluster, record, state.object.metadata.resourceVersion));
  }
  const { placement } = record;
  const standbys = standbysOf(placement, Math.min(cluster.spec.compute.standbys, placement.shards.length - 1));
  const silentOwners = placement.shards
    .concat(state.record.placement.shards)
    .filter((shard) => view.silent.has(shard) && !view.dead.has(shard));
  const plan = planHandOff({
    placement,
    standbys: (partition) => (standbys[partition] ?? []).map((index) => placement.shards[index]!),
    reports: view.reports,
    mayOwn: silentOwners.some((shard) => hasAddress(deps, cluster, shard)),
  });
  const control = (shard: string): ShardControl => {
    const address = addressOf(deps, cluster, shard);
    if (address === undefined) throw new Error(`Shard ${shard} has no address`);
    return controlOf(deps, cluster, shard, address);
  };
  const { failures, moved } = await driveHandOff(plan, { epoch: placement.epoch, control, logger });
  if (plan.moving.length === 0 || moved > 0) await announce(deps, cluster, { record, known, view });
  return {
    record,
    moving: plan.moving,
    tooManyUnreachable: next.tooManyUnreachable,
    epochRaised: placement.epoch > state.record.placement.epoch,
    failures,
  };
}

/** Sends the table to shards that know an older one, and once to every query. The mounted copy comes a minute later. */
async function announce(
  deps: PlacementDeps,
  cluster: ForecastCluster,
  { record, known, view }: { readonly record: PlacementRecord; readonly known: Set<string>; readonly view: ShardView },
): Promise<void> {
  const table = recordToTable(cluster, record);
  const { epoch } = record.placement;
  const pods = [...podsOf(deps.mirrors, cluster, 'compute'), ...podsOf(deps.mirrors, cluster, 'query')];
  const stale = pods.filter(({ metadata }) => {
    const report = view.reports.get(metadata.name);
    return !known.has(`${metadata.uid} ${epoch}`) || (report !== undefined && report.epoch < epoch);
  });
  await Promise.all(
    stale.map(async (pod) => {
      const address = podAddress(pod);
      if (address === undefined) return;
      try {
        await controlOf(deps, cluster, pod.metadata.name, address).setPlacement(table);
        known.add(`${pod.metadata.uid} ${epoch}`);
      } catch (error) {
        deps.logger.debug(
          { pod: pod.metadata.name, epoch, error: errorText(error) },
          'Placement not announced; it is tried again',
        );
      }
    }),
  );
  for (const key of known) if (!key.endsWith(` ${epoch}`)) known.delete(key);
}

function addressOf(deps: PlacementDeps, cluster: ForecastCluster, shard: string): string | undefined {
  const pod = podsOf(deps.mirrors, cluster, 'compute').find(({ metadata }) => metadata.name === shard);
  return pod === undefined ? undefined : podAddress(pod);
}

function hasAddress(deps: PlacementDeps, cluster: ForecastCluster, shard: string): boolean {
  return addressOf(deps, cluster, shard) !== undefined;
}

function controlOf(
  { controls }: PlacementDeps,
  cluster: ForecastCluster,
  shard: string,
  address: string,
): ShardControl {
  const host = address.includes(':') ? `[${address}]` : address;
  return controls.at(`${host}:${PORTS.compute}`, hostOf(cluster, shard));
}
