import { ownerOf, type Placement } from '@isotherm/placement';

/** Where a partition is in its life on a shard: docs/adr/0014. */
export type Phase = 'loading' | 'following' | 'owning' | 'releasing';

/** What a shard says of a partition. */
export interface HeldPartition {
  readonly phase: Phase;
  readonly appliedOffset: bigint;
  readonly endOffset: bigint;
  readonly lagSeconds: number;
  readonly observationsPerSecond: number;
  readonly busyRatio: number;
}

/** What a shard said last. */
export interface ShardReport {
  readonly shard: string;
  readonly instanceId: string;
  readonly epoch: number;
  readonly partitions: ReadonlyMap<number, HeldPartition>;
}

/** What is known of all shards. */
export interface HandOffView {
  readonly placement: Placement;
  /** Followers wanted, by partition: names of shards. */
  readonly standbys: (partition: number) => readonly string[];
  /** Shards that answer now. */
  readonly reports: ReadonlyMap<string, ShardReport>;
  /** Whether a shard that does not answer may still own something. */
  readonly mayOwn: boolean;
}

/** The next calls. All are idempotent: a driver that crashed plans anew from what the shards say. */
export interface HandOffPlan {
  /** Partitions to load and follow, by shard. */
  readonly follow: ReadonlyMap<string, readonly number[]>;
  /** Partitions to take from one shard, if any has them, and to give to another. */
  readonly handOver: readonly { readonly partition: number; readonly from: string | undefined; readonly to: string }[];
  /** Partitions to let go of, by shard. */
  readonly release: ReadonlyMap<string, readonly number[]>;
  /** Partitions that are not yet owned by who should own them. */
  readonly moving: readonly number[];
}

/** A follower that lags no more than this takes over. */
const MAX_LAG_SECONDS = 1;

/** Compares the table with what shards hold, and plans one step for every partition. Pure. */
export function planHandOff(view: HandOffView): HandOffPlan {
  const { placement, reports } = view;
  const follow = new Map<string, number[]>();
  const release = new Map<string, number[]>();
  const handOver: { partition: number; from: string | undefined; to: string }[] = [];
  const moving: number[] = [];
  for (let partition = 0; partition < placement.partitionCount; partition++) {
    const to = ownerOf(placement, partition);
    const held = (shard: string) => reports.get(shard)?.partitions.get(partition);
    const others = [...reports.keys()].filter((shard) => shard !== to);
    const from =
      others.find((shard) => held(shard)?.phase === 'owning') ??
      others.find((shard) => held(shard)?.phase === 'releasing');
    const target = held(to);
    const owned = target?.phase === 'owning';
    const standbys = view.standbys(partition);
    if (!owned) moving.push(partition);
    for (const shard of others) {
      const phase = held(shard)?.phase;
      // While the partition moves its old owner keeps it until the hand-over.
      const stays = phase === undefined || phase === 'releasing' || (shard === from && !owned);
      if (!stays && !(standbys.includes(shard) && phase !== 'owning')) add(release, shard, partition);
      if (owned && phase === undefined && standbys.includes(shard)) add(follow, shard, partition);
    }
    if (owned || !reports.has(to)) continue;
    if (target === undefined) add(follow, to, partition);
    else if (target.phase === 'following' && isCaughtUp(target) && (from !== undefined || !view.mayOwn)) {
      handOver.push({ partition, from, to });
    }
  }
  return { follow, handOver, release, moving };
}

function isCaughtUp({ lagSeconds, appliedOffset, endOffset }: HeldPartition): boolean {
  return appliedOffset >= endOffset || lagSeconds <= MAX_LAG_SECONDS;
}

function add(map: Map<string, number[]>, shard: string, partition: number): void {
  const list = map.get(shard);
  if (list === undefined) map.set(shard, [partition]);
  else list.push(partition);
}
