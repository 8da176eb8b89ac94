export {
  CLUSTER_LABEL,
  type Component,
  componentsOf,
  GENERATED_TLS_SECRET,
  nameOf,
  ordinalOf,
  ownedMetadata,
  PORTS,
  selectorOf,
  shardName,
} from './names.ts';
export { type PodTemplate, templateDigest } from './pod-template.ts';
export { PRUNED_KINDS, type Rendered, render } from './render.ts';
export { isEncrypted } from './render-config.ts';
export { renderDeployment, renderStatefulSet } from './workloads.ts';
