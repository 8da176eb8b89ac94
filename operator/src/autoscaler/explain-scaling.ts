import type { ScalingPolicy, ScalingReason, ScalingVerdict } from './decide-scaling.ts';

/** Four sentences: what was measured, what that takes, what else was weighed, what would change the decision. Pure. */
export function explainScaling(
  { action, reason, targetShards, recommended, facts }: ScalingVerdict,
  {
    policy,
    fromShards,
    blockedBy,
  }: { readonly policy: ScalingPolicy; readonly fromShards: number; readonly blockedBy: string },
) {
  const { arrivalPerSecond, capacity, lagSeconds, busy, forLoad, forBacklog, highest, highestUntilMs } = facts;
  const until = `${new Date(highestUntilMs).toISOString().slice(11, 19)} UTC`;
  const alternatives: Readonly<Record<ScalingReason, string>> = {
    NoMetrics: 'Nothing was weighed: fewer than two samples in two minutes.',
    MetricsMissing: `Removing down to ${highest} was rejected: not every shard answers, and a shard that is silent may carry load.`,
    Blocked: `Any change was rejected: ${blockedBy}`,
    WaitsOnOthers:
      'Adding was rejected: shards wait most of the time, so more of them would wait too; look at the log, the checkpoints and ClickHouse.',
    HotCity:
      'Adding was rejected: one partition alone takes a whole shard, and a partition is on one shard only; look for a city that sends too much.',
    Skew: 'Adding was rejected: one shard is full while others are not, so partitions move instead.',
    LoadAboveCapacity: `Staying at ${fromShards} was rejected: lag would grow or not be worked off within ${policy.catchUpSeconds} s; moving partitions frees no capacity.`,
    LoadBelowCapacity: `Staying at ${fromShards} was rejected: it was not needed at any time of the last ${policy.scaleDownStabilizationSeconds} s.`,
    Stabilizing: `Removing was rejected for now: up to ${highest} shards were needed within the last ${policy.scaleDownStabilizationSeconds} s.`,
    WithinBand: 'Adding and removing were rejected: the need is within a sixth of a shard of what there is.',
    AtLimit: `More than ${targetShards} was rejected: spec.autoscaling.maxShards or spec.partitions is the limit.`,
    PausedByPolicy: 'A change was rejected: spec.autoscaling.pauseUp or pauseDown is set.',
  };
  const percent = Math.round(busy * 100);
  const adds = Math.ceil((targetShards + 0.15) * capacity * (policy.targetUtilizationPercent / 100));
  return {
    lagAndLoad:
      reason === 'NoMetrics'
        ? 'No shard has said enough about lag and load.'
        : `Lag is ${lagSeconds.toFixed(1)} s (target ${policy.lagTargetSeconds} s) at ${Math.round(arrivalPerSecond)} observations/s; ${fromShards} shards are ${percent} % busy.`,
    capacityNeeded:
      recommended === undefined
        ? `${targetShards} shards stay until there are metrics.`
        : `One shard does ${Math.round(capacity)} observations/s; at ${policy.targetUtilizationPercent} % the load takes ${forLoad.toFixed(2)} shards and the backlog ${forBacklog.toFixed(2)}, so ${recommended} within the limits.`,
    optionsRejected: alternatives[reason],
    wouldChangeIf:
      action === 'None' && highest < targetShards
        ? `Fewer from ${until} on, if nothing else is needed until then; more above ${adds} observations/s or with lag above ${policy.lagTargetSeconds} s.`
        : `More above ${adds} observations/s or with lag above ${policy.lagTargetSeconds} s; fewer when less is needed for ${policy.scaleDownStabilizationSeconds} s.`,
    ...(recommended === undefined ? {} : { recommendedShards: recommended }),
  };
}
