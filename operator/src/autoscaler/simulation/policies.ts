import { decideScaling, NO_MEMORY, type ScalingMemory, type ScalingPolicy } from '../decide-scaling.ts';
import type { LoadSample } from '../load-sample.ts';

/** What a policy sees every 15 s. */
export interface PolicyInput {
  readonly second: number;
  /** Undefined: the look brought nothing. */
  readonly sample: LoadSample | undefined;
  readonly target: number;
  readonly limits: ScalingPolicy;
  readonly partitions: number;
}

/** Decides how many shards there shall be. It keeps its own memory. */
export type SimulatedPolicy = (input: PolicyInput) => number;

export const POLICY_NAMES = ['isotherm', 'flink', 'keda', 'hpa'] as const;
export type PolicyName = (typeof POLICY_NAMES)[number];

/** Creates a policy with an empty memory. */
export function createPolicy(name: PolicyName): SimulatedPolicy {
  return { isotherm, flink, keda, hpa }[name]();
}

function isotherm(): SimulatedPolicy {
  let memory: ScalingMemory = NO_MEMORY;
  return ({ second, sample, target, limits, partitions }) => {
    const decided = decideScaling(memory, {
      nowMs: second * 1000,
      sample,
      policy: limits,
      partitions,
      targetShards: target,
      blockedBy: '',
    });
    memory = decided.memory;
    return decided.verdict.targetShards;
  };
}

/**
 * The autoscaler of the Flink Kubernetes operator with its defaults: true processing rate = rate / busy time, averaged
 * over 15 minutes; parallelism = (rate + lag / catch-up) / (true rate × utilization) when utilization leaves 0.4 to 1
 * (target 0.7); 5 minutes of stabilization after a change; removals at most once an hour.
 */
function flink(): SimulatedPolicy {
  const window: LoadSample[] = [];
  let changedAt = 0;
  let removedAt = Number.NEGATIVE_INFINITY;
  return ({ second, sample, target, limits }) => {
    if (sample !== undefined) window.push(sample);
    while (window[0] !== undefined && window[0].atMs < (second - 900) * 1000) window.shift();
    if (sample === undefined || window.length < 4 || second - changedAt < 300) return target;
    const trueRate = mean(
      window.map(({ ratePerSecond, answered, busy }) => ratePerSecond / answered / Math.max(0.01, Math.min(1, busy))),
    );
    const arrival = mean(window.map(({ ratePerSecond }) => ratePerSecond));
    const wanted = arrival + (sample.lagSeconds * arrival) / limits.catchUpSeconds;
    const utilization = wanted / (trueRate * target);
    if (utilization >= 0.4 && utilization <= 1) return target;
    const next = clamp(Math.ceil(wanted / (trueRate * 0.7)), limits);
    if (next < target && second - removedAt < 3600) return target;
    if (next < target) removedAt = second;
    if (next !== target) {
      changedAt = second;
      window.length = 0;
    }
    return next;
  };
}

/** KEDA's Kafka scaler on an HPA: desired = lag / lagThreshold (observations a shard may be behind), 5 minutes of stabilization down. */
function keda(): SimulatedPolicy {
  return horizontal(
    ({ sample, limits }) => (sample.lagSeconds * sample.ratePerSecond) / (limits.lagTargetSeconds * 1_000),
  );
}

/** The HorizontalPodAutoscaler on processor time: desired = current × usage / target, 10 % tolerance, 5 minutes of stabilization down. */
function hpa(): SimulatedPolicy {
  return horizontal(({ sample, target, limits }) => {
    const ratio = Math.min(1, sample.busy) / (limits.targetUtilizationPercent / 100);
    return Math.abs(ratio - 1) <= 0.1 ? target : sample.answered * ratio;
  });
}

function horizontal(desired: (input: PolicyInput & { readonly sample: LoadSample }) => number): SimulatedPolicy {
  const recommended: { second: number; shards: number }[] = [];
  return (input) => {
    const { second, sample, target, limits } = input;
    if (sample === undefined) return target;
    const shards = clamp(Math.ceil(desired({ ...input, sample })), limits);
    recommended.push({ second, shards });
    while (recommended[0]!.second < second - 300) recommended.shift();
    // Up at once, at most to the double of it or by four; down to the highest of five minutes.
    if (shards > target) return Math.min(shards, Math.max(target * 2, target + 4));
    return Math.min(target, Math.max(...recommended.map((one) => one.shards)));
  };
}

function clamp(shards: number, { minShards, maxShards }: ScalingPolicy): number {
  return Math.max(minShards, Math.min(maxShards, shards));
}

function mean(numbers: readonly number[]): number {
  return numbers.reduce((sum, one) => sum + one, 0) / numbers.length;
}
