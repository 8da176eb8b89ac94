export { createScalingDecider } from './create-scaling-decider.ts';
export { formatRun } from './simulation/format-run.ts';
export { createPolicy } from './simulation/policies.ts';
export { recordedTrace } from './simulation/recorded-trace.ts';
export { simulateScaling } from './simulation/simulate-scaling.ts';
