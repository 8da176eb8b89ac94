import type { ForecastCluster } from '../api/index.ts';
import {
  type Component,
  componentsOf,
  nameOf,
  type PodTemplate,
  PRUNED_KINDS,
  type Rendered,
  renderDeployment,
  renderStatefulSet,
  templateDigest,
} from '../resources/index.ts';
import { type Applier, isNotFound, type KubeClient, type KubeObject, type KubeRef, refOf } from '../runtime/index.ts';
import { CHILD_TYPES, childOf, childrenOf, type Mirrors, podsOf } from './cluster-state.ts';
import type { SetView } from './plan-compute.ts';
import type { ReleaseRecord } from './release-record.ts';

/** What workloads are made of. */
export interface WorkloadDeps {
  readonly client: KubeClient;
  readonly mirrors: Mirrors;
  /** Writes workloads: templates, numbers and update strategy. */
  readonly workloads: Applier;
  /** Writes everything else. */
  readonly surroundings: Applier;
  readonly onCorrected: (object: KubeObject) => void;
}

/** Applies what needs no decision. @returns what could not be applied since the cluster does not know its kind. */
export async function applySurroundings(deps: WorkloadDeps, rendered: Rendered): Promise<readonly string[]> {
  const unknown: string[] = [];
  for (const object of rendered.objects) {
    try {
      const applied = await deps.surroundings.apply(object, await liveOf(deps, object));
      if (applied.what === 'corrected') deps.onCorrected(object);
    } catch (error) {
      if (!isNotFound(error) || isMirrored(object.kind)) throw error;
      unknown.push(`${object.kind} of ${object.apiVersion}`);
    }
  }
  return unknown;
}

/** The StatefulSet as it is. */
export function setView(object: KubeObject | undefined): SetView | undefined {
  if (object === undefined) return undefined;
  const spec = object['spec'] as {
    readonly replicas?: number;
    readonly template?: PodTemplate;
    readonly updateStrategy?: { readonly rollingUpdate?: { readonly partition?: number } };
  };
  return {
    replicas: spec.replicas ?? 1,
    partition: spec.updateStrategy?.rollingUpdate?.partition ?? 0,
    template: templateDigest(spec.template),
  };
}

/** Writes the StatefulSet as planned; also where nothing is planned, so that drift is corrected. @returns its generation. */
export async function applyStatefulSet(
  deps: WorkloadDeps,
  cluster: ForecastCluster,
  { set, templates }: { readonly set: SetView; readonly templates: readonly (PodTemplate | undefined)[] },
): Promise<number | undefined> {
  const template = templates.find((one) => templateDigest(one) === set.template);
  // A template that nobody knows any more stays as it is until the plan has replaced it.
  if (template === undefined) return undefined;
  const desired = renderStatefulSet(cluster, { template, replicas: set.replicas, partition: set.partition });
  const applied = await deps.workloads.apply(desired, childOf(deps.mirrors, refOf(desired)));
  if (applied.what === 'corrected') deps.onCorrected(desired);
  return applied.generation;
}

/** Applies the Deployments with the templates given. */
export async function applyDeployments(
  deps: WorkloadDeps,
  cluster: ForecastCluster,
  templates: Rendered['templates'],
): Promise<void> {
  for (const component of deploymentsOf(cluster)) {
    const template = templates[component];
    if (template === undefined) continue;
    const desired = renderDeployment(cluster, component, template);
    const applied = await deps.workloads.apply(desired, childOf(deps.mirrors, refOf(desired)));
    if (applied.what === 'corrected') deps.onCorrected(desired);
  }
}

/** What Deployments are short of. */
export interface DeploymentReport {
  readonly component: string;
  readonly wanted: number;
  readonly ready: number;
  /** Whether every pod runs the template. */
  readonly rolled: boolean;
  /** It made no progress within its deadline. */
  readonly stuck: boolean;
}

/** Where the Deployments are. */
export function reportDeployments(
  deps: WorkloadDeps,
  cluster: ForecastCluster,
  templates: Rendered['templates'],
): readonly DeploymentReport[] {
  return deploymentsOf(cluster).map((component) => {
    const object = childOf(deps.mirrors, {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      namespace: cluster.metadata.namespace,
      name: nameOf(cluster, component),
    });
    const spec = (object?.['spec'] ?? {}) as { readonly replicas?: number; readonly template?: PodTemplate };
    const status = (object?.['status'] ?? {}) as {
      readonly observedGeneration?: number;
      readonly updatedReplicas?: number;
      readonly availableReplicas?: number;
      readonly replicas?: number;
      readonly conditions?: readonly { readonly type: string; readonly status: string; readonly reason?: string }[];
    };
    const wanted = spec.replicas ?? 1;
    const ready = status.availableReplicas ?? 0;
    const seen = (status.observedGeneration ?? 0) >= (object?.metadata.generation ?? 1);
    const same = templateDigest(spec.template) === templateDigest(templates[component]);
    const rolled = seen && same && status.updatedReplicas === wanted && ready >= wanted && status.replicas === wanted;
    const stuck = status.conditions?.some(({ reason }) => reason === 'ProgressDeadlineExceeded') ?? false;
    return { component, wanted, ready, rolled, stuck };
  });
}

/** Removes what the spec no longer asks for, and configurations that no pod uses. */
export async function prune(
  deps: WorkloadDeps,
  cluster: ForecastCluster,
  { rendered, release }: { readonly rendered: Rendered; readonly release: ReleaseRecord | undefined },
): Promise<void> {
  const wanted = new Set(rendered.objects.map(nameOfObject));
  const leftover = PRUNED_KINDS.flatMap(({ kind }) => childrenOf(deps.mirrors, cluster, kind)).filter(
    (object) => !wanted.has(nameOfObject(object)),
  );
  const used = JSON.stringify([
    release?.templates,
    rendered.templates,
    ['StatefulSet', 'Deployment'].map((kind) => childrenOf(deps.mirrors, cluster, kind)),
    (['ingest', 'compute', 'query', 'analytics'] as const).map((component) => podsOf(deps.mirrors, cluster, component)),
  ]);
  const prefix = `${nameOf(cluster, 'config')}-`;
  const unused = childrenOf(deps.mirrors, cluster, 'ConfigMap').filter(
    ({ metadata }) => metadata.name.startsWith(prefix) && !used.includes(`"${metadata.name}"`),
  );
  for (const object of [...leftover, ...unused]) {
    if (object.metadata.deletionTimestamp !== undefined) continue;
    await deps.client.delete(refOf(object), { uid: object.metadata.uid }).catch((error: unknown) => {
      if (!isNotFound(error)) throw error;
    });
    deps.surroundings.forget(object);
  }
}

function deploymentsOf(cluster: ForecastCluster): readonly Exclude<Component, 'compute'>[] {
  return componentsOf(cluster).filter((component) => component !== 'compute');
}

function isMirrored(kind: string): boolean {
  return CHILD_TYPES.some((type) => type.kind === kind);
}

async function liveOf({ client, mirrors }: WorkloadDeps, object: KubeObject): Promise<KubeObject | undefined> {
  const ref: KubeRef = refOf(object);
  if (isMirrored(object.kind)) return childOf(mirrors, ref);
  return client.get(ref).catch((error: unknown) => {
    if (isNotFound(error)) return undefined;
    throw error;
  });
}

function nameOfObject(object: KubeObject): string {
  return `${object.kind}/${object.metadata.name}`;
}
