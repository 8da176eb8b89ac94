import type { ShardReport } from '@isotherm/coordination';
import type { ForecastClusterSpec, ScalingDecision, ScalingStatus } from '../api/index.ts';

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
  /** Decisions that the status has, newest first. */
  readonly decisions: readonly ScalingDecision[];
}

/** What was decided. */
export interface ScalingAnswer {
  /** Shards wanted. In DryRun it is ignored. */
  readonly targetShards: number;
  /** Loads are to be made level by moving partitions. */
  readonly rebalance: boolean;
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

function owned(reports: ReadonlyMap<string, ShardReport>) {
  return [...reports.values()].flatMap(({ partitions }) =>
    [...partitions.values()].filter(({ phase }) => phase === 'owning'),
  );
}
