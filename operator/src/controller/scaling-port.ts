import type { ShardReport } from '@isotherm/coordination';
import type { ForecastClusterSpec, ScalingStatus } from '../api/index.ts';

/** One look at the shards. */
export interface ScalingSample {
  readonly nowMs: number;
  /** What shards said; one that did not answer is missing. */
  readonly reports: ReadonlyMap<string, ShardReport>;
}

/** What a decision is made from, besides the samples before. */
export interface ScalingInput {
  /** namespace/name: samples and decisions of different clusters are kept apart. */
  readonly key: string;
  readonly sample: ScalingSample;
  readonly policy: ForecastClusterSpec['autoscaling'];
  readonly partitions: number;
  /** Shards that pods exist or are coming for. */
  readonly shards: number;
  /** Number wanted so far. */
  readonly targetShards: number;
  /** Why the number may not change now; empty: it may. */
  readonly blockedBy: string;
}

/** What was decided. */
export interface ScalingAnswer {
  /** Shards wanted. In DryRun it is ignored. */
  readonly targetShards: number;
  readonly status: ScalingStatus;
  /** Worth an Event: action or reason changed. */
  readonly event: { readonly reason: string; readonly note: string } | undefined;
}

/** Decides about the number of shards. The windows of samples are its own. */
export interface ScalingDecider {
  decide(input: ScalingInput): ScalingAnswer;
  forget(key: string): void;
}

/** Largest lag of a partition that is owned; undefined where nothing is known. */
export function lagSecondsOf(reports: ReadonlyMap<string, ShardReport>): number | undefined {
  const lags = owned(reports).map(({ lagSeconds }) => lagSeconds);
  return lags.length === 0 ? undefined : Math.max(...lags);
}

/** The decider where no load decides: it explains in the same four sentences why the number is what it is. */
export function createFixedDecider(): ScalingDecider {
  return {
    decide({ sample, policy, shards, targetShards }) {
      const lag = lagSecondsOf(sample.reports);
      const rate = owned(sample.reports).reduce((sum, { observationsPerSecond }) => sum + observationsPerSecond, 0);
      const lagAndLoad =
        lag === undefined
          ? `No shard of ${shards} has said anything about lag and load.`
          : `Lag is ${lag.toFixed(1)} s (target ${policy.lagTargetSeconds} s) at ${Math.round(rate)} observations/s on ${shards} shards.`;
      const status: ScalingStatus = {
        lagAndLoad,
        capacityNeeded: `${targetShards} shards are wanted because spec.compute.shards says so.`,
        optionsRejected: `Nothing was weighed: spec.autoscaling.mode is ${policy.mode} and no decision was made.`,
        wouldChangeIf: 'A change of spec.compute.shards, or spec.autoscaling.mode: Auto.',
      };
      return { targetShards, status, event: undefined };
    },
    forget() {},
  };
}

function owned(reports: ReadonlyMap<string, ShardReport>) {
  return [...reports.values()].flatMap(({ partitions }) =>
    [...partitions.values()].filter(({ phase }) => phase === 'owning'),
  );
}
