export { forecastClusterCrd } from './api/index.ts';
export {
  accessRules,
  createFixedDecider,
  lagSecondsOf,
  type OperatorOptions,
  runOperator,
  type ScalingAnswer,
  type ScalingDecider,
  type ScalingInput,
} from './controller/index.ts';
export { createKubeClient, createKubeConnection } from './runtime/index.ts';
