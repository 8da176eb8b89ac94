export { createScalingDecider } from './create-scaling-decider.ts';
export { decideScaling, NO_MEMORY, type ScalingMemory, type ScalingPolicy, type ScalingSituation, type ScalingVerdict } from './decide-scaling.ts';
export { type LoadSample, loadSample } from './load-sample.ts';
