import { comparePolicies, formatPolicyTable } from './policy-table.ts';

/** Prints the table of docs/operating/scaling.md: `node operator/src/autoscaler/simulation/print-policy-table.ts [SEEDS]`. */
const policy = {
  minShards: 1,
  maxShards: 64,
  targetUtilizationPercent: 70,
  lagTargetSeconds: 10,
  catchUpSeconds: 600,
  scaleDownStabilizationSeconds: 1800,
  pauseUp: false,
  pauseDown: false,
};
const seeds = Number(process.argv[2] ?? 100);
process.stdout.write(
  `${formatPolicyTable(comparePolicies({ policy, partitions: 256, capacity: 1_500 }, { seeds }))}\n`,
);
