import { NO_OWNER, type PlacementRecord, shardName } from './placement-record.ts';
import type { ShardReport } from './shard-report.ts';

/** What the driver knows of the shards when it plans. A shard that is neither reported nor gone is silent. */
export interface OwnershipView {
  readonly record: PlacementRecord;
  /** Shards that answered, by name. */
  readonly reports: ReadonlyMap<string, ShardReport>;
  /** Shards known to hold nothing any more: their process is gone, or they have been silent for too long. */
  readonly gone: ReadonlySet<string>;
}

/** Something to do for one partition now. */
export type HandOffStep =
  /** The shard loads the partition and tails the log. */
  | { readonly kind: 'follow'; readonly partition: number; readonly shard: string }
  /** The partition moves: the loser releases it, then the gainer acquires it. */
  | { readonly kind: 'handOff'; readonly partition: number; readonly from: string; readonly to: string }
  /** Nobody owns it: the gainer applies the log to its end and acquires it. */
  | { readonly kind: 'acquire'; readonly partition: number; readonly to: string }
  /** The shard holds a partition that it neither owns by the table nor keeps warm. */
  | { readonly kind: 'release'; readonly partition: number; readonly shard: string }
  /** The target owns it: the record does not say so yet. */
  | { readonly kind: 'confirm'; readonly partition: number; readonly owner: string }
  /** Nothing can be done before something else happens. */
  | { readonly kind: 'wait'; readonly partition: number; readonly reason: string };

/** A follower that is at most so far behind takes over at once, in seconds: it is what the partition pauses for. */
const CAUGHT_UP_SECONDS = 1;

/**
 * The next step of every partition that is not where it shall be. Level-triggered: it depends on what the shards say
 * now, so that a driver that died at any step is succeeded by one that asks and goes on.
 */
export function planSteps(view: OwnershipView): readonly HandOffStep[] {
  return view.record.targets.flatMap((_, partition) => [...ownerSteps(view, partition), ...copySteps(view, partition)]);
}

function phaseOn({ reports }: OwnershipView, shard: string | undefined, partition: number) {
  return shard === undefined ? undefined : reports.get(shard)?.partitions.get(partition);
}

function ownersOf({ reports }: OwnershipView, partition: number): string[] {
  return [...reports.values()]
    .filter(({ partitions }) => partitions.get(partition)?.phase === 'owning')
    .map(({ shard }) => shard);
}

function ownerSteps(view: OwnershipView, partition: number): HandOffStep[] {
  const { record, reports, gone } = view;
  const target = shardName(record, record.targets[partition]!)!;
  const held = phaseOn(view, target, partition);
  if (held?.phase === 'owning') {
    return record.owners[partition] === record.targets[partition]
      ? []
      : [{ kind: 'confirm', partition, owner: target }];
  }
  if (!reports.has(target)) return [{ kind: 'wait', partition, reason: `${target} does not answer` }];
  if (held === undefined) return [{ kind: 'follow', partition, shard: target }];
  if (held.phase !== 'following') return [{ kind: 'wait', partition, reason: `${target} is ${held.phase} it` }];
  // Zombies aside there is one; a claim decides between two, and both are asked to release in turn.
  const [loser] = ownersOf(view, partition);
  if (loser !== undefined) {
    return held.lagSeconds <= CAUGHT_UP_SECONDS
      ? [{ kind: 'handOff', partition, from: loser, to: target }]
      : [{ kind: 'wait', partition, reason: `${target} is ${held.lagSeconds.toFixed(1)} s behind the log` }];
  }
  const last = shardName(record, record.owners[partition] ?? NO_OWNER);
  if (last !== undefined && !reports.has(last) && !gone.has(last)) {
    return [{ kind: 'wait', partition, reason: `${last}, which may own it, does not answer yet` }];
  }
  return [{ kind: 'acquire', partition, to: target }];
}

/** Warm copies that are missing, and copies that nobody asked for. */
function copySteps(view: OwnershipView, partition: number): HandOffStep[] {
  const { record, reports } = view;
  const target = shardName(record, record.targets[partition]!)!;
  const standbys = (record.standbys[partition] ?? []).map((index) => shardName(record, index)!);
  const missing = standbys.filter((shard) => reports.has(shard) && phaseOn(view, shard, partition) === undefined);
  const settled = phaseOn(view, target, partition)?.phase === 'owning';
  const stray = settled
    ? [...reports.values()].filter(
        ({ shard, partitions }) =>
          shard !== target && !standbys.includes(shard) && isCopy(partitions.get(partition)?.phase),
      )
    : [];
  return [
    ...missing.map((shard) => ({ kind: 'follow' as const, partition, shard })),
    ...stray.map(({ shard }) => ({ kind: 'release' as const, partition, shard })),
  ];
}

function isCopy(phase: string | undefined): boolean {
  return phase === 'following' || phase === 'loading' || phase === 'owning';
}
