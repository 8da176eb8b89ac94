import { createPolicy, POLICY_NAMES, type PolicyName } from './policies.ts';
import { type SimulatedRun, type SimulationOptions, simulateScaling } from './simulate-scaling.ts';
import { generateTrace, TRACE_CLASSES, type TraceClass } from './traces.ts';

/** What became of all traces of a class under a policy. */
export interface PolicyResult {
  readonly trace: TraceClass;
  readonly policy: PolicyName;
  /** The worst run: most reversals within an hour, longest time above the lag target. */
  readonly reversals: number;
  readonly lateSeconds: number;
  /** All shard-hours over those of the oracle. */
  readonly cost: number;
}

/** The policy and the size of the cluster that the table compares. */
export const COMPARED: SimulationOptions = {
  policy: {
    minShards: 1,
    maxShards: 64,
    targetUtilizationPercent: 70,
    lagTargetSeconds: 10,
    catchUpSeconds: 600,
    scaleDownStabilizationSeconds: 1800,
    pauseUp: false,
    pauseDown: false,
  },
  partitions: 256,
  capacity: 1_500,
};

/** Plays every seed of every class against every policy. */
export function comparePolicies(
  options: SimulationOptions,
  {
    seeds,
    classes = TRACE_CLASSES,
    policies = POLICY_NAMES,
  }: { readonly seeds: number; readonly classes?: readonly TraceClass[]; readonly policies?: readonly PolicyName[] },
): readonly PolicyResult[] {
  return classes.flatMap((trace) =>
    policies.map((policy) => {
      const runs = Array.from({ length: seeds }, (_, seed) =>
        simulateScaling(generateTrace(trace, seed + 1), createPolicy(policy), options),
      );
      return { trace, policy, ...summary(runs) };
    }),
  );
}

function summary(runs: readonly SimulatedRun[]): Pick<PolicyResult, 'reversals' | 'lateSeconds' | 'cost'> {
  const total = (of: (run: SimulatedRun) => number) => runs.reduce((sum, run) => sum + of(run), 0);
  return {
    reversals: Math.max(...runs.map(({ reversals }) => reversals)),
    lateSeconds: Math.max(...runs.map(({ lateSeconds }) => lateSeconds)),
    cost: total(({ shardHours }) => shardHours) / total(({ oracleShardHours }) => oracleShardHours),
  };
}

/** The results as a Markdown table: one line a class, each policy with reversals / minutes late / cost. Pure. */
export function formatPolicyTable(results: readonly PolicyResult[]): string {
  const policies = [...new Set(results.map(({ policy }) => policy))];
  const classes = [...new Set(results.map(({ trace }) => trace))];
  const cell = (trace: TraceClass, policy: PolicyName) => {
    const found = results.find((one) => one.trace === trace && one.policy === policy)!;
    return `${found.reversals} / ${(found.lateSeconds / 60).toFixed(1)} / ${found.cost.toFixed(2)}`;
  };
  return [
    `| trace | ${policies.join(' | ')} |`,
    `|---|${policies.map(() => '---').join('|')}|`,
    ...classes.map((trace) => `| ${trace} | ${policies.map((policy) => cell(trace, policy)).join(' | ')} |`),
  ].join('\n');
}
