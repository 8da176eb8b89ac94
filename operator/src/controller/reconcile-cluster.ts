import { type ControlCalls, isConflict as isPlacementConflict } from '@isotherm/coordination';
import type { Runtime } from '@isotherm/runtime';
import type { Logger } from '@isotherm/service-kit';
import {
  type ForecastCluster,
  type ForecastClusterStatus,
  parseForecastCluster,
  type UpdateStatus,
} from '../api/index.ts';
import {
  addressOf,
  type ClusterPlacement,
  controlOfPods,
  createClusterPlacement,
  createPlacementConfigMap,
  type PlacementPod,
  type PlacementState,
  type PlacementWish,
} from '../placement/index.ts';
import { nameOf, PORTS, render, shardName, templateDigest } from '../resources/index.ts';
import {
  type EventRecorder,
  errorText,
  isConflict as isKubeConflict,
  isNotFound,
  type KubeObject,
  type ReconcileOutcome,
  refOf,
  type StatusWriter,
} from '../runtime/index.ts';
import { blockedStatus, buildStatus, failedStatus } from './build-status.ts';
import { createClusterEvents } from './cluster-events.ts';
import { childOf, configMapRef, ownerOfStore, podsOf } from './cluster-state.ts';
import type { ConditionWish } from './conditions.ts';
import { CLEANUP_FINALIZER, finalize } from './finalize.ts';
import { type ComputePlan, planCompute } from './plan-compute.ts';
import { podAddress, podView } from './pod-view.ts';
import type { Reachability } from './reachability.ts';
import {
  applyDeployments,
  applyStatefulSet,
  applySurroundings,
  prune,
  reportDeployments,
  setView,
  type WorkloadDeps,
} from './reconcile-workloads.ts';
import { releaseFromConfigMap, releaseToConfigMap } from './release-record.ts';
import type { ScalingDecider } from './scaling-port.ts';

/** What reconciling is made of. */
export interface ReconcileDeps extends WorkloadDeps {
  readonly control: ControlCalls;
  readonly logger: Logger;
  readonly runtime: Runtime;
  readonly events: EventRecorder;
  readonly status: StatusWriter;
  readonly decider: ScalingDecider;
  readonly reachability: Reachability;
}

/** Options of {@link createReconciler}. */
export interface ReconcileOptions {
  /** Between two looks at the shards when nothing is awaited. Default 5,000. */
  readonly pollMs?: number;
  /** While something is awaited. Default 1,000. */
  readonly busyMs?: number;
}

/** What is remembered of a cluster between two looks; everything in it can be found out again. */
interface Memory {
  placement: ClusterPlacement;
  failoverAfterSeconds: number;
  update: UpdateStatus | undefined;
  setGeneration: number;
}

/** Creates the reconciler of ForecastClusters. */
export function createReconciler(deps: ReconcileDeps, options: ReconcileOptions = {}) {
  const { mirrors, runtime, events } = deps;
  const { pollMs = 5_000, busyMs = 1_000 } = options;
  const told = createClusterEvents(events);
  const memories = new Map<string, Memory>();

  function memoryOf(cluster: ForecastCluster): Memory {
    const { uid } = cluster.metadata;
    const { failoverAfterSeconds } = cluster.spec.compute;
    const known = memories.get(uid);
    if (known?.failoverAfterSeconds === failoverAfterSeconds) return known;
    const placement = placementOf(cluster);
    const made: Memory =
      known === undefined
        ? { placement, failoverAfterSeconds, update: cluster.status?.update, setGeneration: 0 }
        : { ...known, placement, failoverAfterSeconds };
    memories.set(uid, made);
    return made;
  }

  function placementOf(cluster: ForecastCluster): ClusterPlacement {
    const { shards, failoverAfterSeconds } = cluster.spec.compute;
    const control = controlOfPods(deps.control, (shard) => {
      const pod = podsOf(mirrors, cluster, 'compute').find(({ metadata }) => metadata.name === shard);
      return pod === undefined ? undefined : controlAddress(pod);
    });
    const store = createPlacementConfigMap(deps.client, { cluster, targetShards: shards });
    const { logger } = deps;
    return createClusterPlacement(
      { control, store, logger, runtime },
      { failoverAfterMs: failoverAfterSeconds * 1000 },
    );
  }

  function forget(uid: string): void {
    memories.delete(uid);
    deps.reachability.forget(uid);
    deps.decider.forget(uid);
  }

  async function block(object: KubeObject, wish: ConditionWish): Promise<void> {
    const status = blockedStatus(object as unknown as ForecastCluster, wish, runtime.now());
    await deps.status.write(object, status);
    events.record({ regarding: object, type: 'Warning', reason: wish.reason, action: 'Reconcile', note: wish.message });
  }

  async function reconcile(key: string): Promise<ReconcileOutcome> {
    const object = mirrors.clusters.get(key);
    if (object === undefined) {
      for (const uid of memories.keys()) {
        if (!mirrors.clusters.list().some(({ metadata }) => metadata.uid === uid)) forget(uid);
      }
      return { kind: 'done' };
    }
    if (object.metadata.deletionTimestamp !== undefined) return finalize(deps, object);
    const parsed = parseForecastCluster(object);
    if (!parsed.ok) {
      const message = `The spec was let through by the CRD of another release: ${parsed.problems.join('; ')}`;
      await block(object, { status: 'False', reason: 'SpecInvalid', message: message.slice(0, 700) });
      return { kind: 'terminal', error: new Error(message.slice(0, 700)) };
    }
    const { cluster } = parsed;
    const other = ownerOfStore(mirrors, cluster);
    if (other !== undefined) {
      const message = `${other}: two platforms in one store would destroy each other's state. Give this one a prefix and a topic of its own.`;
      await block(object, { status: 'False', reason: 'StoreOwnedByOther', message });
      return { kind: 'again', afterMs: 30_000 };
    }
    try {
      await holdFinalizer(object, cluster);
      return await step(object, cluster);
    } catch (error) {
      return fail(object, error);
    }
  }

  /** What was read is older than what is stored: looking again is all it takes. Anything else is told where people look first. */
  async function fail(object: KubeObject, error: unknown): Promise<ReconcileOutcome> {
    if (isStale(error)) return { kind: 'again', afterMs: 200 };
    const text = errorText(error);
    await deps.status
      .write(object, failedStatus(object as unknown as ForecastCluster, text, runtime.now()))
      .catch(() => undefined);
    events.record({ regarding: object, type: 'Warning', reason: 'ReconcileFailed', action: 'Reconcile', note: text });
    return { kind: 'retry', error };
  }

  /** Only deletion policy Delete has something to do at the end, so only it holds the object back. */
  async function holdFinalizer(object: KubeObject, cluster: ForecastCluster): Promise<void> {
    const has = object.metadata.finalizers?.includes(CLEANUP_FINALIZER) ?? false;
    const wants = cluster.spec.deletionPolicy === 'Delete';
    if (has === wants) return;
    const others = (object.metadata.finalizers ?? []).filter((one) => one !== CLEANUP_FINALIZER);
    const finalizers = wants ? [...others, CLEANUP_FINALIZER] : others;
    const { resourceVersion } = object.metadata;
    await deps.client.merge(refOf(object), { metadata: { resourceVersion, finalizers } });
  }

  async function step(object: KubeObject, cluster: ForecastCluster): Promise<ReconcileOutcome> {
    const memory = memoryOf(cluster);
    const { paused, compute } = cluster.spec;
    const rendered = render(cluster);
    const live = setObject(cluster);
    if ((live?.metadata.generation ?? Number.POSITIVE_INFINITY) < memory.setGeneration)
      return { kind: 'again', afterMs: 100 };
    const set = setView(live);
    const current = set?.replicas ?? compute.shards;
    const release = releaseFromConfigMap(childOf(mirrors, configMapRef(cluster, 'release')));

    const shardPods = podsOf(mirrors, cluster, 'compute').map(placementPod);
    const wish = (draining: readonly number[], targetShards: number): PlacementWish => ({
      partitions: cluster.spec.partitions,
      standbys: compute.standbys,
      targetShards,
      shards: Array.from({ length: current }, (_, ordinal) => {
        const name = shardName(cluster, ordinal);
        const address = addressOf(cluster, name);
        return { name, address, controlAddress: address, draining: draining.includes(ordinal) };
      }),
    });
    const state = await memory.placement.look(
      wish([], compute.shards),
      new Map(shardPods.map((pod) => [pod.name, pod])),
    );
    const scaling = decide(object, cluster, { state, current, memory });
    const desiredShards = cluster.spec.autoscaling.mode === 'Auto' ? scaling.targetShards : compute.shards;

    const pods = podsOf(mirrors, cluster, 'compute')
      .map(podView)
      .filter(({ ordinal }) => ordinal < current);
    const plan = planCompute({
      set,
      pods,
      update: memory.update,
      nowMs: runtime.now(),
      holds: (ordinal) => holdings(state, shardName(cluster, ordinal)),
      wanted: {
        shards: desiredShards,
        template: templateDigest(rendered.templates.compute),
        released: release === undefined ? undefined : templateDigest(release.templates.compute),
        version: cluster.spec.version,
        releasedVersion: release?.version ?? cluster.spec.version,
        canaryMs: cluster.spec.update.canarySeconds * 1000,
        deadlineMs: cluster.spec.update.progressDeadlineSeconds * 1000,
      },
    });

    let unknownKinds: readonly string[] = [];
    if (!paused) {
      told.updateMoved(object, memory.update, plan.update);
      memory.update = plan.update;
      unknownKinds = await applySurroundings(deps, rendered);
      await carryOut(object, cluster, { plan, set, rendered, release, memory });
    }
    const placement = await memory.placement.step(
      { ...wish(paused ? [] : plan.draining, scaling.targetShards), rebalance: scaling.rebalance },
      state,
      [...shardPods, ...podsOf(mirrors, cluster, 'query').map(placementPod)],
    );
    if (placement.retargeted > 0) told.placementChanged(object, placement, state);

    const forward = plan.settled && plan.step.kind === 'none';
    const templates = forward || release === undefined ? rendered.templates : release.templates;
    if (!paused) await applyDeployments(deps, cluster, templates);
    const deployments = reportDeployments(deps, cluster, rendered.templates);
    const shardsReady = pods.length === current && pods.every(({ ready }) => ready);
    const released = forward && shardsReady && deployments.every(({ rolled }) => rolled);
    const version = released ? cluster.spec.version : release?.version;
    if (released && !paused) {
      await deps.surroundings.apply(
        releaseToConfigMap(cluster, { version: cluster.spec.version, templates: rendered.templates }),
        childOf(mirrors, configMapRef(cluster, 'release')),
      );
      await prune(deps, cluster, { rendered, release });
    }

    const troubled = !shardsReady || deployments.some(({ ready, wanted: count }) => ready < count);
    const unreachable = troubled ? await deps.reachability.check(cluster) : undefined;
    const status = buildStatus(cluster, {
      nowMs: runtime.now(),
      plan,
      pods,
      replicas: current,
      desiredShards,
      placement,
      view: state.view,
      deployments,
      unreachable,
      releasedVersion: version,
      scaling: scaling.status,
      unknownKinds,
    });
    await writeStatus(object, cluster, status);
    const busy =
      placement.moving.length > 0 || plan.awaits !== '' || plan.step.kind !== 'none' || troubled || !released;
    return { kind: 'again', afterMs: busy ? busyMs : pollMs };
  }

  function decide(
    object: KubeObject,
    cluster: ForecastCluster,
    now: { state: PlacementState; current: number; memory: Memory },
  ) {
    const { autoscaling, compute, partitions, paused } = cluster.spec;
    const auto = autoscaling.mode === 'Auto';
    const targetShards = auto ? now.state.targetShards : compute.shards;
    const updating = now.memory.update !== undefined && now.memory.update.phase !== 'RolledBack';
    const answer = deps.decider.decide({
      key: cluster.metadata.uid,
      sample: { nowMs: runtime.now(), reports: now.state.view.reports },
      policy: autoscaling,
      partitions,
      shards: now.current,
      targetShards,
      decisions: cluster.status?.autoscaling?.decisions ?? [],
      blockedBy: paused ? 'spec.paused is true' : updating ? 'an update is under way' : '',
    });
    if (answer.event !== undefined) {
      events.record({ regarding: object, type: 'Normal', action: 'Scale', ...answer.event });
    }
    return {
      ...answer,
      targetShards: auto ? answer.targetShards : compute.shards,
      rebalance: auto && answer.rebalance,
    };
  }

  async function carryOut(
    object: KubeObject,
    cluster: ForecastCluster,
    {
      plan,
      set,
      rendered,
      release,
      memory,
    }: {
      plan: ComputePlan;
      set: ReturnType<typeof setView>;
      rendered: ReturnType<typeof render>;
      release: ReturnType<typeof releaseFromConfigMap>;
      memory: Memory;
    },
  ): Promise<void> {
    const wanted = plan.step.kind === 'write' ? plan.step.set : set;
    if (wanted !== undefined) {
      const templates = [rendered.templates.compute, release?.templates.compute];
      const written = await applyStatefulSet(deps, cluster, { set: wanted, templates });
      memory.setGeneration = Math.max(memory.setGeneration, written ?? 0);
    }
    if (plan.step.kind === 'deletePod') {
      const name = shardName(cluster, plan.step.ordinal);
      await deps.client
        .delete({ apiVersion: 'v1', kind: 'Pod', namespace: cluster.metadata.namespace, name })
        .catch(ignoreNotFound);
    }
    if (plan.step.kind === 'none') return;
    deps.logger.info(
      { cluster: cluster.metadata.name, namespace: cluster.metadata.namespace, step: plan.step },
      'StatefulSet changed',
    );
    told.shardsChanged(object, { plan, replicas: set?.replicas });
  }

  async function writeStatus(
    object: KubeObject,
    cluster: ForecastCluster,
    status: ForecastClusterStatus,
  ): Promise<void> {
    const ready = (of: ForecastClusterStatus | undefined) => of?.conditions?.find(({ type }) => type === 'Ready');
    const [before, after] = [ready(cluster.status), ready(status)];
    const written = await deps.status.write(object, status);
    if (written) told.readyChanged(object, before, after);
  }

  function setObject(cluster: ForecastCluster): KubeObject | undefined {
    return childOf(mirrors, {
      apiVersion: 'apps/v1',
      kind: 'StatefulSet',
      namespace: cluster.metadata.namespace,
      name: nameOf(cluster, 'compute'),
    });
  }

  return reconcile;
}

/** Partitions of a shard by the record, or that it says it owns. */
function holdings({ record, view }: PlacementState, shard: string): number {
  const index = record.shards.findIndex(({ name }) => name === shard);
  const ofRecord = record.owners.filter((owner, partition) => owner === index || record.targets[partition] === index);
  const held = [...(view.reports.get(shard)?.partitions.values() ?? [])].filter(
    ({ phase }) => phase === 'owning' || phase === 'releasing',
  );
  return Math.max(ofRecord.length, held.length);
}

function placementPod(pod: KubeObject): PlacementPod {
  return { name: pod.metadata.name, uid: pod.metadata.uid ?? '', address: controlAddress(pod) };
}

function controlAddress(pod: KubeObject): string | undefined {
  const address = podAddress(pod);
  if (address === undefined) return undefined;
  return `${address.includes(':') ? `[${address}]` : address}:${PORTS.compute}`;
}

function isStale(error: unknown): boolean {
  return isKubeConflict(error) || isPlacementConflict(error);
}

function ignoreNotFound(error: unknown): void {
  if (!isNotFound(error)) throw error;
}
