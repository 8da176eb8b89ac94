import { type GetOwnershipResponse, PartitionPhase } from '@isotherm/contracts/compute/v1/control_service';
import type { Runtime } from '@isotherm/runtime';
import { errorText } from '../runtime/index.ts';
import type { HeldPartition, Phase, ShardReport } from './plan-hand-off.ts';
import type { ShardControl } from './shard-control.ts';

/** A shard's pod, as far as its answers are concerned. */
export interface ShardPod {
  readonly shard: string;
  /** Undefined: it has no address yet, so that it can neither answer nor own anything. */
  readonly control: ShardControl | undefined;
  /** Whether there is a pod. */
  readonly exists: boolean;
}

/** What is known of the shards after asking them. */
export interface ShardView {
  readonly reports: ReadonlyMap<string, ShardReport>;
  /** Shards with an address that do not answer, with the time since they last did and why. */
  readonly silent: ReadonlyMap<string, { readonly forMs: number; readonly why: string }>;
  /** Shards that own nothing any more: silent for too long, or without a pod. */
  readonly dead: ReadonlySet<string>;
}

/** Asks shards what they hold, and remembers when each answered last. */
export interface ShardMonitor {
  ask(key: string, pods: readonly ShardPod[], failoverAfterMs: number): Promise<ShardView>;
  forget(key: string): void;
}

const PHASES: Readonly<Record<number, Phase>> = {
  [PartitionPhase.LOADING]: 'loading',
  [PartitionPhase.FOLLOWING]: 'following',
  [PartitionPhase.OWNING]: 'owning',
  [PartitionPhase.RELEASING]: 'releasing',
};

/** Creates a monitor. A shard that was never asked before counts as having answered when it is first asked. */
export function createShardMonitor(runtime: Runtime): ShardMonitor {
  const answeredMs = new Map<string, Map<string, number>>();
  return {
    async ask(key, pods, failoverAfterMs) {
      const known = answeredMs.get(key) ?? new Map<string, number>();
      answeredMs.set(key, known);
      const reports = new Map<string, ShardReport>();
      const silent = new Map<string, { forMs: number; why: string }>();
      const dead = new Set<string>();
      await Promise.all(
        pods.map(async ({ shard, control, exists }) => {
          if (!known.has(shard)) known.set(shard, runtime.monotonicMs());
          if (!exists) {
            dead.add(shard);
            return;
          }
          let why = 'its pod has no address';
          try {
            if (control !== undefined) {
              reports.set(shard, toReport(shard, await control.getOwnership()));
              known.set(shard, runtime.monotonicMs());
              return;
            }
          } catch (error) {
            why = errorText(error);
          }
          const forMs = runtime.monotonicMs() - known.get(shard)!;
          silent.set(shard, { forMs, why });
          if (forMs >= failoverAfterMs) dead.add(shard);
        }),
      );
      const asked = new Set(pods.map(({ shard }) => shard));
      for (const shard of known.keys()) if (!asked.has(shard)) known.delete(shard);
      return { reports, silent, dead };
    },
    forget: (key) => void answeredMs.delete(key),
  };
}

function toReport(shard: string, answer: GetOwnershipResponse): ShardReport {
  const partitions = new Map<number, HeldPartition>();
  for (const { partition, phase, ...rest } of answer.partitions) {
    const known = PHASES[phase];
    if (known !== undefined) partitions.set(partition, { phase: known, ...rest });
  }
  return { shard, instanceId: answer.instanceId, epoch: Number(answer.epoch), partitions };
}
