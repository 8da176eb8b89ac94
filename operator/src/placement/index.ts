export {
  type ClusterPlacement,
  createClusterPlacement,
  type PlacementOutcome,
  type PlacementPod,
  type PlacementState,
  type PlacementWish,
  type ShardView,
} from './cluster-placement.ts';
export { addressOf, createPlacementConfigMap, hostOf, type PlacementConfigMap } from './placement-config-map.ts';
export { controlOfPods } from './pod-control.ts';
