export { accessRules, leaseRules } from './cluster-state.ts';
export { type OperatorDeps, type OperatorOptions, runOperator } from './run-operator.ts';
export {
  lagSecondsOf,
  type ScalingAnswer,
  type ScalingDecider,
  type ScalingInput,
  type ScalingSample,
} from './scaling-port.ts';
