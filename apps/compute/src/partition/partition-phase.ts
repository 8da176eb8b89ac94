/**
 * Where a partition is in its lifecycle on a shard (ADR 14):
 *
 * - loading: its checkpoint is read.
 * - following: the log is applied; nothing is written, and only EVENTUAL reads are answered.
 * - owning: the shard holds the claim, writes and answers.
 * - releasing: it stands at its release offset, and its last checkpoint is written.
 * - gone: the shard has nothing of it.
 */
export type PartitionPhase = 'loading' | 'following' | 'owning' | 'releasing' | 'gone';

/** Every phase, in the order of a life. */
export const PARTITION_PHASES: readonly PartitionPhase[] = ['loading', 'following', 'owning', 'releasing', 'gone'];

/** Where a phase may lead. */
export const NEXT_PHASES: Readonly<Record<PartitionPhase, readonly PartitionPhase[]>> = {
  gone: ['loading'],
  loading: ['following', 'gone'],
  following: ['owning', 'gone'],
  owning: ['releasing', 'gone'],
  releasing: ['gone'],
};
