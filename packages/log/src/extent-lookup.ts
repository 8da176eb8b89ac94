import { checkPartition } from './check-group.ts';
import type { LogAdmin, PartitionExtent } from './log.ts';

/** Extents of partitions, looked up once for many callers. */
export type ExtentLookup = Pick<LogAdmin, 'extents'>;

interface Partition {
  /** What the calls since the last look-up began wait for; undefined where there is none. */
  waiting: PromiseWithResolvers<PartitionExtent> | undefined;
  underWay: boolean;
}

/**
 * Coalesces look-ups of extents per partition: while one is under way, calls that arrive share the next one, never one
 * that began before them. At most one look-up of a partition is under way.
 */
export function createExtentLookup(log: Pick<LogAdmin, 'extents' | 'partitionCount'>): ExtentLookup {
  const partitions = new Map<number, Partition>();
  let isScheduled = false;

  /** Looks up what is waited for, in one call, once the callers of this turn are known. */
  function schedule(): void {
    if (isScheduled) return;
    isScheduled = true;
    queueMicrotask(() => {
      isScheduled = false;
      void lookUp();
    });
  }

  async function lookUp(): Promise<void> {
    const due = [...partitions].filter(([, { waiting, underWay }]) => waiting !== undefined && !underWay);
    if (due.length === 0) return;
    const asked = due.map(([number, partition]) => {
      const { waiting } = partition;
      partition.waiting = undefined;
      partition.underWay = true;
      return { number, partition, waiting: waiting! };
    });
    try {
      const extents = await log.extents(asked.map(({ number }) => number));
      for (const { number, waiting } of asked) waiting.resolve(extents.get(number)!);
    } catch (error) {
      for (const { waiting } of asked) waiting.reject(error);
    }
    for (const { number, partition } of asked) {
      partition.underWay = false;
      if (partition.waiting === undefined) partitions.delete(number);
    }
    if (partitions.size > 0) schedule();
  }

  return {
    async extents(numbers) {
      const named = [...new Set(numbers)];
      for (const number of named) checkPartition(number, log.partitionCount);
      const waits = named.map((number) => {
        let partition = partitions.get(number);
        if (partition === undefined) {
          partition = { waiting: undefined, underWay: false };
          partitions.set(number, partition);
        }
        partition.waiting ??= Promise.withResolvers();
        return partition.waiting.promise;
      });
      schedule();
      const extents = await Promise.all(waits);
      return new Map(named.map((number, index) => [number, extents[index]!]));
    },
  };
}
