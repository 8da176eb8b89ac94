import { NO_OWNER } from '@isotherm/coordination';
import {
  CONDITION_TYPES,
  type Condition,
  type ConditionType,
  type ForecastCluster,
  type ForecastClusterStatus,
  type ScalingStatus,
} from '../api/index.ts';
import type { PlacementOutcome, ShardView } from '../placement/index.ts';
import { isEncrypted, nameOf, selectorOf } from '../resources/index.ts';
import { type ConditionWish, conditionsOf } from './conditions.ts';
import type { ComputePlan, PodView } from './plan-compute.ts';
import type { Unreachable } from './reachability.ts';
import type { DeploymentReport } from './reconcile-workloads.ts';
import { lagSecondsOf } from './scaling-port.ts';

/** Everything that a status is made of. */
export interface StatusInput {
  readonly nowMs: number;
  readonly plan: ComputePlan;
  readonly pods: readonly PodView[];
  readonly replicas: number;
  readonly desiredShards: number;
  readonly placement: PlacementOutcome;
  readonly view: ShardView;
  readonly deployments: readonly DeploymentReport[];
  readonly unreachable: Unreachable | undefined;
  readonly releasedVersion: string | undefined;
  readonly scaling: ScalingStatus;
  /** Kinds that were asked for and that the cluster does not know. */
  readonly unknownKinds: readonly string[];
}

/** The status of a cluster that was reconciled. Pure. */
export function buildStatus(cluster: ForecastCluster, input: StatusInput): ForecastClusterStatus {
  const { plan, placement, view, desiredShards, releasedVersion, scaling, nowMs } = input;
  const { generation } = cluster.metadata;
  const before = cluster.status?.conditions ?? [];
  const lag = lagSecondsOf(view.reports);
  const { record } = placement;
  const owners = new Set(record.owners.filter((owner) => owner !== NO_OWNER));
  return {
    observedGeneration: generation,
    ...(releasedVersion === undefined ? {} : { version: releasedVersion }),
    shards: owners.size,
    desiredShards,
    selector: Object.entries(selectorOf(cluster, 'compute'))
      .map(([key, value]) => `${key}=${value}`)
      .join(','),
    ...(lag === undefined ? {} : { lagSeconds: Math.round(lag * 10) / 10 }),
    placement: {
      epoch: record.epoch,
      movingPartitions: placement.moving.length,
      draining: record.shards.filter(({ draining }) => draining).map(({ name }) => name),
      unreachable: [...view.silent.keys()].sort(),
    },
    ...(plan.update === undefined ? {} : { update: plan.update }),
    autoscaling: scaling,
    conditions: conditionsOf(wishesOf(cluster, input, before), before, { generation, nowMs }),
  };
}

/** The status of a cluster that cannot be reconciled at all. */
export function blockedStatus(
  cluster: Pick<ForecastCluster, 'metadata' | 'status'>,
  wish: ConditionWish,
  nowMs: number,
): Pick<ForecastClusterStatus, 'observedGeneration' | 'conditions'> {
  const { generation } = cluster.metadata;
  const before = cluster.status?.conditions ?? [];
  const unknown: ConditionWish = {
    status: 'Unknown',
    reason: wish.reason,
    message: 'Not looked at: the spec cannot be carried out.',
  };
  const wishes: Record<ConditionType, ConditionWish> = {
    Ready: { status: 'False', reason: wish.reason, message: wish.message },
    SpecValid: wish,
    PlacementConverged: unknown,
    ScaleAllowed: unknown,
    LagWithinTarget: unknown,
    ReconciliationPaused: unknown,
  };
  return { observedGeneration: generation, conditions: conditionsOf(wishes, before, { generation, nowMs }) };
}

/** The conditions where a step failed: what was known stays, and Ready says why nothing goes on. */
export function failedStatus(
  { metadata, status }: Pick<ForecastCluster, 'metadata' | 'status'>,
  message: string,
  nowMs: number,
): Pick<ForecastClusterStatus, 'observedGeneration' | 'conditions'> {
  const { generation } = metadata;
  const before = status?.conditions ?? [];
  const kept = (type: ConditionType): ConditionWish =>
    before.find((one) => one.type === type) ?? {
      status: 'Unknown',
      reason: 'NotLookedAt',
      message: 'Not looked at yet.',
    };
  const wishes = Object.fromEntries(CONDITION_TYPES.map((type) => [type, kept(type)])) as Record<
    ConditionType,
    ConditionWish
  >;
  const ready: ConditionWish = {
    status: 'False',
    reason: 'ReconcileFailed',
    message: `Tried again with growing pauses: ${message}`,
  };
  return {
    observedGeneration: generation,
    conditions: conditionsOf({ ...wishes, Ready: ready }, before, { generation, nowMs }),
  };
}

function wishesOf(
  cluster: ForecastCluster,
  input: StatusInput,
  before: readonly Condition[],
): Record<ConditionType, ConditionWish> {
  return {
    Ready: readyOf(cluster, input),
    SpecValid: specValidOf(cluster, input),
    PlacementConverged: convergedOf(input, sinceOf(before, 'PlacementConverged', input.nowMs)),
    ScaleAllowed: scaleAllowedOf(cluster, input, before),
    LagWithinTarget: lagOf(cluster, input),
    ReconciliationPaused: cluster.spec.paused
      ? {
          status: 'True',
          reason: 'Paused',
          message: 'spec.paused is true: workloads, scaling and updates wait; dead shards are still replaced.',
        }
      : { status: 'False', reason: 'NotPaused', message: 'Changes are carried out.' },
  };
}

function readyOf(cluster: ForecastCluster, input: StatusInput): ConditionWish {
  const { pods, replicas, deployments, unreachable, plan, placement } = input;
  const readyShards = pods.filter(({ ready }) => ready).length;
  const short = deployments.filter(({ ready, wanted }) => ready < wanted);
  const lines = [
    ...(readyShards < replicas ? [`compute: ${readyShards} of ${replicas} shards ready`] : []),
    ...short.map(
      ({ component, ready, wanted, stuck }) =>
        `${component}: ${ready} of ${wanted} pods ready${stuck ? ', no progress within spec.update.progressDeadlineSeconds' : ''}`,
    ),
  ];
  const troubled = pods.find(({ trouble }) => trouble !== '');
  const why =
    troubled === undefined ? '' : ` Shard ${nameOf(cluster, 'compute')}-${troubled.ordinal}: ${troubled.trouble}.`;
  if (plan.update !== undefined && /^Roll(ingBack|edBack)$/.test(plan.update.phase)) {
    const status = lines.length === 0 && plan.update.phase === 'RolledBack' ? 'True' : 'False';
    return { status, reason: plan.update.phase, message: plan.update.message };
  }
  if (lines.length > 0 && unreachable !== undefined) {
    return { status: 'False', reason: unreachable.reason, message: `${unreachable.message} (${lines.join('; ')})` };
  }
  if (lines.length > 0)
    return { status: 'False', reason: 'PodsNotReady', message: `Awaits pods: ${lines.join('; ')}.${why}` };
  const owned = placement.record.targets.length - placement.moving.length;
  if (owned === 0)
    return {
      status: 'False',
      reason: 'PlacementPending',
      message: 'Awaits the first hand-over of partitions to the shards.',
    };
  const updating = plan.awaits === '' ? '' : ` Awaits ${plan.awaits}.`;
  return {
    status: 'True',
    reason: 'PodsReady',
    message: `${replicas} shards and every other pod are ready.${updating}`,
  };
}

function specValidOf(cluster: ForecastCluster, { unknownKinds }: StatusInput): ConditionWish {
  const notes = [
    ...unknownKinds.map((kind) => `The cluster does not know ${kind}: install its CRD, or leave the field out.`),
    ...(isEncrypted(cluster) ? [] : ['Connections are plain text: spec.tls names no certificate.']),
    ...(cluster.spec.tenants.secretName === '' ? ['Callers are anonymous: spec.tenants.secretName is empty.'] : []),
  ];
  const status = unknownKinds.length > 0 ? 'False' : 'True';
  return {
    status,
    reason: status === 'True' ? 'Valid' : 'KindUnknown',
    message: ['The spec can be carried out.', ...notes].slice(status === 'True' ? 0 : 1).join(' '),
  };
}

function convergedOf({ placement, view }: StatusInput, since: string): ConditionWish {
  const { moving, tooManyUnreachable, record, problems } = placement;
  const who = [...view.silent.keys()].sort().join(', ');
  if (tooManyUnreachable) {
    return {
      status: 'False',
      reason: 'TooManyUnreachable',
      message: `More than a third of the shards do not answer at once, so nothing moves: ${who || 'their pods are gone'}. Look at the network between operator and shards.`,
    };
  }
  if (moving.length === 0) {
    return {
      status: 'True',
      reason: 'Converged',
      message: `Every partition is where epoch ${record.epoch} puts it.`,
    };
  }
  const [first] = problems;
  const why =
    first === undefined ? (who === '' ? '' : ` No answer: ${who}.`) : ` First of ${problems.length}: ${first}.`;
  return {
    status: 'False',
    reason: 'Moving',
    message: `${moving.length} of ${record.targets.length} partitions move to epoch ${record.epoch}, since ${since}.${why}`,
  };
}

function scaleAllowedOf(
  cluster: ForecastCluster,
  { plan, placement, nowMs }: StatusInput,
  before: readonly Condition[],
): ConditionWish {
  if (cluster.spec.paused) return { status: 'False', reason: 'Paused', message: 'spec.paused is true.' };
  if (placement.tooManyUnreachable)
    return { status: 'False', reason: 'TooManyUnreachable', message: 'Too many shards do not answer.' };
  const since = sinceOf(before, 'PlacementConverged', nowMs);
  const limitSeconds = cluster.spec.compute.handOffTimeoutSeconds;
  if (placement.moving.length > 0 && nowMs - Date.parse(since) > limitSeconds * 1000) {
    return {
      status: 'False',
      reason: 'HandOffTimeout',
      message: `A hand-over takes longer than spec.compute.handOffTimeoutSeconds (${limitSeconds}), since ${since}: see PlacementConverged.`,
    };
  }
  if (plan.update !== undefined && plan.update.phase !== 'RolledBack')
    return { status: 'False', reason: 'Updating', message: 'An update is under way.' };
  return { status: 'True', reason: 'Allowed', message: 'The number of shards may change.' };
}

function lagOf(cluster: ForecastCluster, { view }: StatusInput): ConditionWish {
  const target = cluster.spec.autoscaling.lagTargetSeconds;
  const lag = lagSecondsOf(view.reports);
  if (lag === undefined) return { status: 'Unknown', reason: 'NoMetrics', message: 'No shard says what its lag is.' };
  const within = lag <= target;
  const comparison = within ? 'within' : 'above';
  return {
    status: within ? 'True' : 'False',
    reason: within ? 'WithinTarget' : 'AboveTarget',
    message: `The largest lag of a partition is ${comparison} the target of ${target} s.`,
  };
}

/** Since when a condition has not held; now where it did until now. */
function sinceOf(before: readonly Condition[], type: ConditionType, nowMs: number): string {
  const condition = before.find((one) => one.type === type);
  const now = `${new Date(nowMs).toISOString().slice(0, 19)}Z`;
  return condition?.status === 'False' ? condition.lastTransitionTime : now;
}
