import { IsothermError, type Logger } from '@isotherm/service-kit';
import type { HeldPartition } from './held-partition.ts';
import { NEXT_PHASES, type PartitionPhase } from './partition-phase.ts';

/** A partition that has moved on. */
export interface PhaseTransition {
  readonly partition: number;
  readonly from: PartitionPhase;
  readonly to: PartitionPhase;
  /** Undefined while it is loading. */
  readonly held: HeldPartition | undefined;
}

/** The partitions that a shard holds, and where each is in its lifecycle. Whoever works on partitions looks here whose turn it is. */
export interface PartitionTable {
  /** Rises with every move, and when a follower stalls or goes on. */
  readonly version: number;
  phaseOf(partition: number): PartitionPhase;
  /** Numbers of all partitions that are not gone, in order. */
  readonly partitions: readonly number[];
  /** A partition whose state is there: following, owning or releasing. */
  get(partition: number): HeldPartition | undefined;
  owned(partition: number): HeldPartition | undefined;
  /** Those in one of these phases, by number. */
  inPhase(...phases: readonly PartitionPhase[]): readonly HeldPartition[];
  /** A partition begins to load. */
  begin(partition: number): void;
  /** A partition was loaded. */
  loaded(held: HeldPartition): void;
  /** A partition moves on; with why, where it is not the usual course. */
  move(held: HeldPartition, to: 'owning' | 'releasing' | 'gone', why?: string): void;
  /** A partition that could not be loaded. */
  abandon(partition: number, why: string): void;
  /** A follower's state takes no more records, or takes them again. */
  stall(held: HeldPartition, stalled: boolean): void;
  /** Calls the listener after every move. @returns a function that ends that. */
  onTransition(listener: (move: PhaseTransition) => void): () => void;
  /** Calls the listener whenever the version rises. @returns a function that ends that. */
  onChange(listener: () => void): () => void;
}

/** Creates an empty table. */
export function createPartitionTable({ logger }: { readonly logger: Logger }): PartitionTable {
  const loading = new Set<number>();
  const partitions = new Map<number, HeldPartition>();
  const moveListeners = new Set<(move: PhaseTransition) => void>();
  const changeListeners = new Set<() => void>();
  let version = 0;

  const phaseOf = (partition: number): PartitionPhase =>
    loading.has(partition) ? 'loading' : (partitions.get(partition)?.phase ?? 'gone');

  function note(partition: number, to: PartitionPhase, more: { held?: HeldPartition; why?: string }): void {
    const from = phaseOf(partition);
    if (!NEXT_PHASES[from].includes(to)) throw new Error(`Partition ${partition} cannot go from ${from} to ${to}`);
    const { held, why } = more;
    loading.delete(partition);
    if (to === 'loading') loading.add(partition);
    if (held !== undefined) {
      if (to !== 'loading') held.phase = to;
      if (to === 'gone') partitions.delete(partition);
      else partitions.set(partition, held);
    }
    const appliedOffset = held?.state.appliedOffset;
    logger.info({ partition, from, to, appliedOffset, ...(why !== undefined && { why }) }, 'Partition moved on');
    for (const listener of [...moveListeners]) listener({ partition, from, to, held });
    changed();
  }

  function changed(): void {
    version += 1;
    for (const listener of [...changeListeners]) listener();
  }

  return {
    get version() {
      return version;
    },
    phaseOf,
    get partitions() {
      return [...loading, ...partitions.keys()].sort((a, b) => a - b);
    },
    get: (partition) => partitions.get(partition),
    owned(partition) {
      const held = partitions.get(partition);
      return held?.phase === 'owning' ? held : undefined;
    },
    inPhase: (...phases) =>
      [...partitions.values()].filter(({ phase }) => phases.includes(phase)).sort((a, b) => a.partition - b.partition),
    begin: (partition) => note(partition, 'loading', {}),
    loaded: (held) => note(held.partition, 'following', { held }),
    move(held, to, why) {
      if (partitions.get(held.partition) !== held) throw new Error(`Partition ${held.partition} is held no more`);
      note(held.partition, to, { held, ...(why !== undefined && { why }) });
    },
    abandon: (partition, why) => note(partition, 'gone', { why }),
    stall(held, stalled) {
      if (held.stalled === stalled) return;
      held.stalled = stalled;
      changed();
    },
    onTransition(listener) {
      moveListeners.add(listener);
      return () => moveListeners.delete(listener);
    },
    onChange(listener) {
      changeListeners.add(listener);
      return () => changeListeners.delete(listener);
    },
  };
}

/** What waits for a partition that leaves its shard is told. */
export function partitionLeft(partition: number): IsothermError {
  return new IsothermError({
    code: 'UNAVAILABLE',
    id: 'PARTITION_LEFT',
    message: `Partition ${partition} has left this shard.`,
    advice: 'Ask its new owner.',
    retryAfterMs: 100,
    metadata: { partition: String(partition) },
  });
}
