import type { ForecastCluster } from '../api/index.ts';
import { digestOf } from '../runtime/digest.ts';
import type { KubeObject, KubeType } from '../runtime/kube-object.ts';
import { type Component, componentsOf, nameOf, ownedMetadata } from './names.ts';
import { renderNetworkPolicies, renderPodMonitor, renderRoute } from './network.ts';
import { type PodTemplate, renderPodTemplate } from './pod-template.ts';
import { renderConfig } from './render-config.ts';
import {
  renderDisruptionBudget,
  renderPodAutoscaler,
  renderService,
  renderServiceAccount,
  renderVolumeClaim,
} from './workloads.ts';

/** What a ForecastCluster asks for, but for the workloads themselves, whose numbers the controller decides. */
export interface Rendered {
  /** Pod templates by component. */
  readonly templates: Readonly<Partial<Record<Component, PodTemplate>>> & { readonly compute: PodTemplate };
  /** Everything that is applied as it is, in order. */
  readonly objects: readonly KubeObject[];
}

/** Kinds of which objects may be left over when the spec changes; those are removed. */
export const PRUNED_KINDS: readonly KubeType[] = [
  { apiVersion: 'autoscaling/v2', kind: 'HorizontalPodAutoscaler' },
  { apiVersion: 'networking.k8s.io/v1', kind: 'NetworkPolicy' },
  { apiVersion: 'networking.k8s.io/v1', kind: 'Ingress' },
];

/** Renders everything. Pure. */
export function render(cluster: ForecastCluster): Rendered {
  const components = componentsOf(cluster);
  const config = renderConfigMap(cluster);
  const templates = Object.fromEntries(
    components.map((component) => [component, renderPodTemplate(cluster, component, config.metadata.name)]),
  ) as Rendered['templates'];
  const optional = [
    renderPodAutoscaler(cluster, 'ingest'),
    renderPodAutoscaler(cluster, 'query'),
    renderVolumeClaim(cluster),
    renderRoute(cluster),
    renderPodMonitor(cluster),
  ];
  return {
    templates,
    objects: [
      config,
      ...components.map((component) => renderServiceAccount(cluster, component)),
      ...components.map((component) => renderService(cluster, component)),
      ...components.map((component) => renderDisruptionBudget(cluster, component)),
      ...renderNetworkPolicies(cluster),
      ...optional.filter((object) => object !== undefined),
    ],
  };
}

/**
 * The configuration file. Its name holds its digest and it never changes, so that pods of an older template start with
 * what they were rendered with, also in the middle of an update and after a rollback.
 */
export function renderConfigMap(cluster: ForecastCluster): KubeObject {
  const text = `${JSON.stringify(renderConfig(cluster), null, 2)}\n`;
  return {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: ownedMetadata(cluster, `${nameOf(cluster, 'config')}-${digestOf(text)}`, 'config'),
    immutable: true,
    data: { 'isotherm.json': text },
  };
}
