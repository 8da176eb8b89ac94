import type { LogReader } from '@isotherm/log';
import { IsothermError } from '@isotherm/service-kit';
import type { HeldPartition } from './held-partition.ts';

/** Keeps what a reader reads in step with what its consumer wants. */
export interface Assignments {
  /** The partition as it was when it was assigned; undefined where it is not read. */
  get(partition: number): HeldPartition | undefined;
  /**
   * Assigns the partitions that have come and unassigns those that have gone.
   * @returns whether all that are wanted are read; otherwise the log did not answer, and it is worth trying again.
   */
  sync(wanted: readonly HeldPartition[]): Promise<boolean>;
  /** Stops reading a partition; the next {@link Assignments.sync} starts again where its position is by then. */
  restart(partition: number): void;
  /** The reader has stopped reading a partition by itself. */
  halted(partition: number, error: unknown): void;
}

/** What {@link createAssignments} needs. */
export interface AssignmentsDeps {
  readonly reader: LogReader;
  /** Where reading a partition begins. */
  position(held: HeldPartition): number;
  /** A partition cannot be read at its position, or not any further. */
  failed(held: HeldPartition, error: unknown): void;
}

/** Creates it over a reader that reads nothing yet. */
export function createAssignments({ reader, position, failed }: AssignmentsDeps): Assignments {
  const assigned = new Map<number, HeldPartition>();

  async function assign(joining: readonly HeldPartition[]): Promise<void> {
    await reader.assign(new Map(joining.map((held) => [held.partition, position(held)])));
    for (const held of joining) assigned.set(held.partition, held);
  }

  return {
    get: (partition) => assigned.get(partition),
    async sync(wanted) {
      const now = new Set(wanted);
      for (const [partition, held] of assigned) {
        if (now.has(held)) continue;
        reader.unassign([partition]);
        assigned.delete(partition);
      }
      const joining = wanted.filter((held) => assigned.get(held.partition) !== held);
      if (joining.length === 0) return true;
      try {
        await assign(joining);
        return true;
      } catch {
        // One of them is the reason, or the log is away: each is tried alone.
      }
      let all = true;
      for (const held of joining) {
        try {
          await assign([held]);
        } catch (error) {
          if (error instanceof IsothermError && error.code === 'UNAVAILABLE') all = false;
          else failed(held, error);
        }
      }
      return all;
    },
    restart(partition) {
      reader.unassign([partition]);
      assigned.delete(partition);
    },
    halted(partition, error) {
      const held = assigned.get(partition);
      assigned.delete(partition);
      if (held !== undefined) failed(held, error);
    },
  };
}
