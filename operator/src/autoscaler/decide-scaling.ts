import type { LoadSample } from './load-sample.ts';

/** What a user may set: spec.autoscaling. */
export interface ScalingPolicy {
  readonly minShards: number;
  readonly maxShards: number;
  readonly targetUtilizationPercent: number;
  readonly lagTargetSeconds: number;
  readonly catchUpSeconds: number;
  readonly scaleDownStabilizationSeconds: number;
  readonly pauseUp: boolean;
  readonly pauseDown: boolean;
}

/** What is remembered between two decisions. */
export interface ScalingMemory {
  /** Newest last. */
  readonly samples: readonly LoadSample[];
  /** Shards recommended, newest last; as long as the stabilization. */
  readonly recommended: readonly { readonly atMs: number; readonly shards: number }[];
  /** Observations a second of one shard whose whole time goes into them, as estimated last. */
  readonly capacity: number | undefined;
}

/** Why a decision was made. */
export type ScalingReason =
  | 'NoMetrics'
  | 'MetricsMissing'
  | 'Blocked'
  | 'WaitsOnOthers'
  | 'HotCity'
  | 'Skew'
  | 'LoadAboveCapacity'
  | 'LoadBelowCapacity'
  | 'Stabilizing'
  | 'WithinBand'
  | 'AtLimit'
  | 'PausedByPolicy';

/** A decision with what it was made from. */
export interface ScalingVerdict {
  readonly action: 'None' | 'Move' | 'Add' | 'Remove';
  readonly reason: ScalingReason;
  /** Shards wanted from now on. */
  readonly targetShards: number;
  /** What load and lag ask for within the limits; undefined without metrics. */
  readonly recommended: number | undefined;
  readonly facts: {
    readonly arrivalPerSecond: number;
    readonly capacity: number;
    readonly lagSeconds: number;
    readonly busy: number;
    /** Fractional shards: the load's, and what the backlog adds. */
    readonly forLoad: number;
    readonly forBacklog: number;
    /** Highest recommendation while nothing is removed, and until when it counts. */
    readonly highest: number;
    readonly highestUntilMs: number;
  };
}

/** What decides besides the samples. */
export interface ScalingSituation {
  readonly nowMs: number;
  /** What shards said now; undefined: nothing. */
  readonly sample: LoadSample | undefined;
  readonly policy: ScalingPolicy;
  readonly partitions: number;
  /** Number wanted so far: those that are coming count. */
  readonly targetShards: number;
  /** Why the number may not change now; empty: it may. */
  readonly blockedBy: string;
}

/** Nothing is known yet. */
export const NO_MEMORY: ScalingMemory = { samples: [], recommended: [], capacity: undefined };

/** Samples that one decision is made from: 75 s at 15 s. Their median forgets one that lies. */
const WINDOW = 5;
/** The same while there is no backlog. */
const CALM_WINDOW = 12;
/** Samples that the capacity of a shard is estimated from. */
const CAPACITY_WINDOW = 20;
/** Shards that are less busy than this while lag grows wait for something else than their processor. */
const WAITING_BUSY = 0.5;
/** Less busy than this, the time spent says nothing about capacity. */
const IDLE = 0.05;
/** A sample whose rate and busy time stand for a capacity so many times off is not believed. */
const LIE = 1.6;
/** So much of a shard is noise. */
const BAND = 0.15;
/** And so much of the load. */
const NOISE = 0.02;
/** A shard this busy, with others at most half as busy, is skew. */
const SATURATED = 0.85;

/** Decides about the number of shards: one action at most. Pure. */
export function decideScaling(
  memory: ScalingMemory,
  situation: ScalingSituation,
): { readonly verdict: ScalingVerdict; readonly memory: ScalingMemory } {
  const { nowMs, sample, policy, targetShards } = situation;
  const samples = sample === undefined ? memory.samples : [...memory.samples, sample].slice(-CAPACITY_WINDOW);
  const capacity = capacityOf(samples) ?? memory.capacity ?? leastCapacity(samples);
  const believed = samples.filter((one) => nowMs - one.atMs <= CAPACITY_WINDOW * 15_000 && isPlausible(one, capacity));
  const recent = believed.filter((one) => nowMs - one.atMs <= 150_000).slice(-WINDOW);
  if (sample === undefined || recent.length < 2 || capacity === undefined) {
    const facts = {
      arrivalPerSecond: 0,
      capacity: capacity ?? 0,
      lagSeconds: sample?.lagSeconds ?? 0,
      busy: 0,
      forLoad: 0,
      forBacklog: 0,
      highest: targetShards,
      highestUntilMs: nowMs,
    };
    const verdict: ScalingVerdict = {
      action: 'None',
      reason: 'NoMetrics',
      targetShards,
      recommended: undefined,
      facts,
    };
    return { verdict, memory: { ...memory, samples } };
  }
  const lagSeconds = median(recent.map((one) => one.lagSeconds));
  const busy = median(recent.map((one) => one.busy));
  // Without a backlog there is no hurry, and more samples have less noise.
  const rated = lagSeconds > policy.lagTargetSeconds ? recent : believed.slice(-CALM_WINDOW);
  const arrivalPerSecond = median(rated.map((one) => one.ratePerSecond)) * arrivalRatio(rated);
  const forLoad = arrivalPerSecond / (policy.targetUtilizationPercent / 100) / capacity;
  const backlog = lagSeconds > policy.lagTargetSeconds ? lagSeconds * arrivalPerSecond : 0;
  const forBacklog = backlog / policy.catchUpSeconds / capacity;
  const needed = forLoad + forBacklog;
  const band = BAND + needed * NOISE;
  const limit = (shards: number) =>
    Math.max(policy.minShards, Math.min(policy.maxShards, situation.partitions, shards));
  const up = limit(Math.ceil(needed - band));
  const down = limit(Math.ceil(needed + band));
  const since = nowMs - policy.scaleDownStabilizationSeconds * 1000;
  const recommended = [...memory.recommended.filter(({ atMs }) => atMs > since), { atMs: nowMs, shards: down }];
  const began = memory.recommended[0]?.atMs ?? nowMs;
  const highest = Math.max(...recommended.map(({ shards }) => shards));
  const holder = recommended.findLast(({ shards }) => shards === highest)!;
  const highestUntilMs = Math.max(holder.atMs, Math.min(began, nowMs)) + policy.scaleDownStabilizationSeconds * 1000;
  const facts = { arrivalPerSecond, capacity, lagSeconds, busy, forLoad, forBacklog, highest, highestUntilMs };
  const choice = choose(situation, {
    recent,
    needed,
    band,
    up,
    down,
    highest,
    lagSeconds,
    busy,
    capacity,
    arrivalPerSecond,
    settled: began <= since,
  });
  const verdict = { ...choice, recommended: up > targetShards ? up : down, facts };
  // Kept one longer than the window: it says since when there have been recommendations at all.
  const kept = memory.recommended.findLast(({ atMs }) => atMs <= since);
  return {
    verdict,
    memory: { samples, capacity, recommended: kept === undefined ? recommended : [kept, ...recommended] },
  };
}

interface Weighed {
  readonly recent: readonly LoadSample[];
  readonly needed: number;
  readonly band: number;
  readonly up: number;
  readonly down: number;
  readonly highest: number;
  readonly lagSeconds: number;
  readonly busy: number;
  readonly capacity: number;
  readonly arrivalPerSecond: number;
  /** Recommendations reach back as far as the stabilization asks. */
  readonly settled: boolean;
}

function choose(
  situation: ScalingSituation,
  weighed: Weighed,
): Pick<ScalingVerdict, 'action' | 'reason' | 'targetShards'> {
  const { policy, targetShards, blockedBy } = situation;
  const { recent, needed, band, up, down, highest, lagSeconds, busy, capacity, arrivalPerSecond, settled } = weighed;
  const stay = (reason: ScalingReason) => ({ action: 'None', reason, targetShards }) as const;
  if (blockedBy !== '') return stay('Blocked');
  const late = lagSeconds > policy.lagTargetSeconds;
  const busiest = median(recent.map((one) => one.busiest));
  if (late && busiest >= SATURATED && busy <= busiest / 1.5) {
    const hottest = median(recent.map(({ hottestShare }) => hottestShare)) * arrivalPerSecond;
    return hottest > capacity * SATURATED ? stay('HotCity') : { action: 'Move', reason: 'Skew', targetShards };
  }
  if (up > targetShards) {
    if (late && busiest < WAITING_BUSY) return stay('WaitsOnOthers');
    if (policy.pauseUp) return stay('PausedByPolicy');
    return { action: 'Add', reason: 'LoadAboveCapacity', targetShards: up };
  }
  if (late && busiest < WAITING_BUSY) return stay('WaitsOnOthers');
  if (needed - band > targetShards) return stay('AtLimit');
  if (highest >= targetShards) return stay(down < targetShards ? 'Stabilizing' : 'WithinBand');
  if (recent.some(({ answered, asked }) => answered < asked)) return stay('MetricsMissing');
  if (late || !settled) return stay('Stabilizing');
  if (policy.pauseDown) return stay('PausedByPolicy');
  return { action: 'Remove', reason: 'LoadBelowCapacity', targetShards: highest };
}

/** Whether rate and busy time of a sample can be true together. */
function isPlausible(sample: LoadSample, capacity: number | undefined): boolean {
  const own = ownCapacity(sample);
  if (own === undefined && capacity !== undefined) return sample.ratePerSecond / sample.answered < capacity * IDLE * 2;
  return own === undefined || capacity === undefined || (own < capacity * LIE && own > capacity / LIE);
}

/** Rate of a shard over the time it is busy: the same under backlog, where it is busy all the time. */
function ownCapacity({ ratePerSecond, answered, busy }: LoadSample): number | undefined {
  return busy < IDLE || ratePerSecond <= 0 ? undefined : ratePerSecond / answered / Math.min(1, busy);
}

function capacityOf(samples: readonly LoadSample[]): number | undefined {
  const found = samples.map(ownCapacity).filter((one) => one !== undefined);
  return found.length === 0 ? undefined : median(found);
}

/** Shards that were never busy can do at least so much. */
function leastCapacity(samples: readonly LoadSample[]): number | undefined {
  return samples.length === 0
    ? undefined
    : Math.max(1, ...samples.map(({ ratePerSecond, answered }) => ratePerSecond / answered / IDLE));
}

/** How much more arrives than is applied, by the growth of offsets; samples without some partition are left out. */
function arrivalRatio(samples: readonly LoadSample[]): number {
  const most = Math.max(...samples.map(({ partitions }) => partitions));
  const whole = samples.filter(({ partitions }) => partitions === most);
  const [first, last] = [whole[0], whole.at(-1)];
  if (first === undefined || last === undefined) return 1;
  const appended = last.endOffset - first.endOffset;
  const applied = last.appliedOffset - first.appliedOffset;
  return appended > 0 && applied > 0 ? Math.max(0.1, Math.min(10, appended / applied)) : 1;
}

function median(numbers: readonly number[]): number {
  const sorted = [...numbers].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}
