export {
  type ForecastCluster,
  type ObjectMeta,
  type ParsedForecastCluster,
  parseForecastCluster,
} from './forecast-cluster.ts';
export { forecastClusterCrd, GROUP, MAX_NAME_LENGTH, VERSION } from './forecast-cluster-crd.ts';
export {
  type ForecastClusterSpec,
  type ForecastClusterSpecInput,
  forecastClusterSpec,
} from './forecast-cluster-spec.ts';
export {
  CONDITION_TYPES,
  type Condition,
  type ConditionType,
  type ForecastClusterStatus,
  forecastClusterStatus,
  type PlacementStatus,
  type ScalingDecision,
  type ScalingStatus,
  type UpdateStatus,
} from './forecast-cluster-status.ts';
