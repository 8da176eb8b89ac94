import type { ScalingPolicy } from '../decide-scaling.ts';
import type { LoadSample } from '../load-sample.ts';
import type { SimulatedPolicy } from './policies.ts';
import type { LoadTrace } from './traces.ts';

/** One look, 15 s after the last. */
export interface SimulatedStep {
  readonly second: number;
  readonly arrivalPerSecond: number;
  readonly shards: number;
  readonly target: number;
  readonly lagSeconds: number;
}

/** What a policy made of a trace. */
export interface SimulatedRun {
  readonly steps: readonly SimulatedStep[];
  /** Most changes of direction within an hour. */
  readonly reversals: number;
  /** Longest time in which lag was above its target, in seconds. */
  readonly lateSeconds: number;
  readonly shardHours: number;
  /** Shard-hours of one who knows load and capacity, and has the same utilization and stabilization. */
  readonly oracleShardHours: number;
}

/** Options of {@link simulateScaling}. */
export interface SimulationOptions {
  readonly policy: ScalingPolicy;
  readonly partitions: number;
  /** Observations a second of one shard. */
  readonly capacity: number;
}

const STEP_SECONDS = 15;
/** While partitions move, the shards do this much less. */
const MOVE_SECONDS = 5;

/** Plays a trace against a policy, which sees samples that are 15 s old. Pure but for the policy's memory. */
export function simulateScaling(trace: LoadTrace, decide: SimulatedPolicy, options: SimulationOptions): SimulatedRun {
  const { policy, partitions, capacity } = options;
  const utilization = policy.targetUtilizationPercent / 100;
  let shards = clamp(Math.ceil(trace.arrival(0) / (capacity * utilization)), policy);
  let target = shards;
  let backlog = 0;
  let appended = 0;
  let movingUntil = 0;
  let coming: { at: number; shards: number }[] = [];
  let last: LoadSample | undefined;
  const steps: SimulatedStep[] = [];
  for (let second = 0; second < trace.seconds; second += STEP_SECONDS) {
    for (const change of coming.filter(({ at }) => at <= second)) {
      shards = change.shards;
      movingUntil = second + MOVE_SECONDS;
    }
    coming = coming.filter(({ at }) => at > second);
    const arrival = trace.arrival(second);
    const hottestShare = trace.hottestShare(second);
    const pause = Math.max(0, Math.min(STEP_SECONDS, movingUntil - second)) / STEP_SECONDS;
    const ofShards = Math.min(shards, 1 / hottestShare) * capacity * (1 - pause);
    const offered = arrival + backlog / STEP_SECONDS;
    const applied = Math.min(offered, ofShards, trace.sinkLimit(second));
    backlog = Math.max(0, backlog + (arrival - applied) * STEP_SECONDS);
    appended += arrival * STEP_SECONDS;
    const lagSeconds = 0.5 + backlog / arrival;
    const busy = applied / (shards * capacity);
    const busiest = Math.min(1, Math.max(busy, (applied * hottestShare) / capacity));
    const measured: LoadSample = {
      atMs: second * 1000,
      answered: shards,
      asked: shards,
      partitions,
      ratePerSecond: applied * trace.noise(),
      busy: busy * trace.noise(),
      busiest: busiest * trace.noise(),
      lagSeconds: lagSeconds * trace.noise(),
      endOffset: appended,
      appliedOffset: appended - backlog,
      hottestShare,
    };
    const sample = trace.gap(second) ? undefined : last;
    const next = decide({ second, sample, target, limits: policy, partitions });
    if (next !== target)
      coming.push({ at: second + (next > target ? trace.startSeconds : MOVE_SECONDS), shards: next });
    target = next;
    last = measured;
    steps.push({ second, arrivalPerSecond: arrival, shards, target, lagSeconds });
  }
  return {
    steps,
    reversals: reversalsOf(steps),
    lateSeconds: longestLate(steps, policy.lagTargetSeconds),
    shardHours: hours(steps.map((step) => Math.max(step.shards, step.target))),
    oracleShardHours: hours(oracle(trace, options)),
  };
}

/** Knows load, backlog and capacity exactly, and has its shards at once. */
function oracle(trace: LoadTrace, { policy, capacity }: SimulationOptions): number[] {
  const shards: number[] = [];
  const wanted: number[] = [];
  const window = Math.ceil(policy.scaleDownStabilizationSeconds / STEP_SECONDS);
  let backlog = 0;
  for (let second = 0; second < trace.seconds; second += STEP_SECONDS) {
    const arrival = trace.arrival(second);
    const load = arrival / (policy.targetUtilizationPercent / 100) + backlog / policy.catchUpSeconds;
    wanted.push(clamp(Math.ceil(load / capacity), policy));
    const now = Math.max(...wanted.slice(-window - 1));
    const most = Math.min(Math.min(now, 1 / trace.hottestShare(second)) * capacity, trace.sinkLimit(second));
    backlog = Math.max(0, backlog + (arrival - most) * STEP_SECONDS);
    shards.push(now);
  }
  return shards;
}

function reversalsOf(steps: readonly SimulatedStep[]): number {
  const turns: number[] = [];
  let direction = 0;
  for (const [index, { second, target }] of steps.entries()) {
    const before = steps[index - 1]?.target ?? target;
    if (target === before) continue;
    const now = Math.sign(target - before);
    if (direction !== 0 && now !== direction) turns.push(second);
    direction = now;
  }
  return turns.reduce(
    (most, start) => Math.max(most, turns.filter((second) => second >= start && second < start + 3600).length),
    0,
  );
}

function longestLate(steps: readonly SimulatedStep[], limit: number): number {
  let longest = 0;
  let current = 0;
  for (const { lagSeconds } of steps) {
    current = lagSeconds > limit ? current + STEP_SECONDS : 0;
    longest = Math.max(longest, current);
  }
  return longest;
}

function hours(shards: readonly number[]): number {
  return (shards.reduce((sum, one) => sum + one, 0) * STEP_SECONDS) / 3600;
}

function clamp(shards: number, { minShards, maxShards }: ScalingPolicy): number {
  return Math.max(minShards, Math.min(maxShards, shards));
}
