import { timestampDate } from '@bufbuild/protobuf/wkt';
import { type GetPlacementResponse, MemberRole } from '@isotherm/contracts/coordinator/v1/coordinator_service';

/** A placement as people and scripts read it: names instead of indexes. */
export interface PlacementView {
  /** 0 before the first table. */
  readonly epoch: number;
  /** Why nothing moves; empty where it does. */
  readonly blockedReason: string;
  readonly shards: readonly ShardView[];
  readonly queries: readonly { readonly name: string; readonly silentMs: number }[];
  readonly partitions: readonly PartitionView[];
  /** Newest first. */
  readonly moves: readonly MoveView[];
}

/** A shard that registered, or is in the table. */
export interface ShardView {
  readonly name: string;
  readonly address: string;
  readonly owned: number;
  readonly followed: number;
  readonly lagSeconds: number;
  readonly observationsPerSecond: number;
  readonly draining: boolean;
  /** Time since it was heard of, ms. */
  readonly silentMs: number;
}

/** A partition and who has it. */
export interface PartitionView {
  readonly partition: number;
  readonly owner: string;
  /** Who shall have it. */
  readonly target: string;
  readonly standbys: readonly string[];
  /** What its move waits for; empty where it does not. */
  readonly waitsFor: string;
}

/** A move that is over. */
export interface MoveView {
  readonly partition: number;
  /** Empty where nobody had it. */
  readonly from: string;
  readonly to: string;
  readonly pauseMs: number;
  readonly endTime: Date | undefined;
}

/** What a coordinator says, with names. */
export function placementView(response: GetPlacementResponse): PlacementView {
  const { table, targets, waiting, moves, members, blockedReason } = response;
  const names = (table?.shards ?? []).map(({ name }) => name);
  const waits = new Map(waiting.map(({ partition, reason }) => [partition, reason]));
  return {
    epoch: Number(table?.epoch ?? 0),
    blockedReason,
    shards: members
      .filter(({ role }) => role === MemberRole.COMPUTE)
      .map((member) => ({
        name: member.name,
        address: member.address,
        owned: member.partitionsOwned,
        followed: member.partitionsFollowed,
        lagSeconds: member.lagSeconds,
        observationsPerSecond: member.observationsPerSecond,
        draining: member.draining,
        silentMs: member.silentMs,
      }))
      .sort((a, b) => (a.name < b.name ? -1 : 1)),
    queries: members
      .filter(({ role }) => role === MemberRole.QUERY)
      .map(({ name, silentMs }) => ({ name, silentMs }))
      .sort((a, b) => (a.name < b.name ? -1 : 1)),
    partitions: (table?.owners ?? []).map((owner, partition) => ({
      partition,
      owner: names[owner] ?? '',
      target: names[targets[partition] ?? owner] ?? '',
      standbys: (table?.standbys[partition]?.shards ?? []).map((index) => names[index] ?? ''),
      waitsFor: waits.get(partition) ?? '',
    })),
    moves: moves.map(({ partition, fromShard, toShard, pauseMs, endTime }) => ({
      partition,
      from: fromShard,
      to: toShard,
      pauseMs,
      endTime: endTime === undefined ? undefined : timestampDate(endTime),
    })),
  };
}
