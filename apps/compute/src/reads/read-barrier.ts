import { Consistency, type ReadToken } from '@isotherm/contracts/type/v1/consistency';
import type { LogAdmin } from '@isotherm/log';
import { IsothermError } from '@isotherm/service-kit';
import type { OffsetWaiters } from '../partition/offset-waiters.ts';
import type { PartitionTable } from '../partition/partition-table.ts';

/** What the barrier needs. */
export interface ReadBarrierDeps {
  readonly log: Pick<LogAdmin, 'incarnation' | 'extents'>;
  readonly table: Pick<PartitionTable, 'get'>;
  readonly waiters: OffsetWaiters;
}

/** The prefix of the log that a read must see. */
export interface ReadRequirement {
  readonly token: ReadToken | undefined;
  readonly consistency: Consistency;
  /** Partitions the read concerns, of those the shard owns. */
  readonly partitions: ReadonlySet<number>;
}

/**
 * Waits until the prefix that a read requires is applied.
 * @throws READ_NOT_YET_APPLIED with applied versus wanted when the signal aborts first, PARTITION_LEFT when one of the
 * partitions leaves the shard.
 */
export async function waitForPrefix(
  deps: ReadBarrierDeps,
  requirement: ReadRequirement,
  signal: AbortSignal,
): Promise<void> {
  const required = await requiredOffsets(deps, requirement);
  try {
    await Promise.all([...required].map(([partition, offset]) => deps.waiters.wait(partition, offset, signal)));
  } catch (cause) {
    if (!signal.aborted) throw cause;
    const behind = [...required].filter(([partition, offset]) => appliedOffset(deps, partition) < offset);
    const [first] = behind;
    // It was applied at the last moment.
    if (first === undefined) return;
    const [partition, offset] = first;
    throw new IsothermError({
      code: 'DEADLINE_EXCEEDED',
      id: 'READ_NOT_YET_APPLIED',
      message: `Partition ${partition} has applied offset ${appliedOffset(deps, partition) - 1}, the read wants ${offset - 1} (${behind.length} partitions behind).`,
      advice: 'Call again, or with a longer deadline.',
      retryAfterMs: 250,
      metadata: {
        partition: String(partition),
        applied: String(appliedOffset(deps, partition) - 1),
        wanted: String(offset - 1),
      },
      cause,
    });
  }
}

async function requiredOffsets(
  deps: ReadBarrierDeps,
  { token, consistency, partitions }: ReadRequirement,
): Promise<Map<number, number>> {
  const required = new Map<number, number>();
  if (token !== undefined) {
    requireSameLog(token.incarnation, deps.log.incarnation);
    token.partitions.forEach((partition, index) => {
      if (partitions.has(partition)) required.set(partition, Number(token.offsets[index] ?? 0n) + 1);
    });
  }
  if (consistency === Consistency.STRONG) {
    const extents = await deps.log.extents(partitions);
    for (const partition of partitions) {
      // The log knows every partition that a shard has.
      required.set(partition, Math.max(required.get(partition) ?? 0, extents.get(partition)!.end));
    }
  }
  return required;
}

function appliedOffset({ table }: ReadBarrierDeps, partition: number): number {
  return table.get(partition)?.state.appliedOffset ?? 0;
}

function requireSameLog(found: string, wanted: string): void {
  if (found === wanted) return;
  throw new IsothermError({
    code: 'FAILED_PRECONDITION',
    id: 'READ_TOKEN_OF_OTHER_LOG',
    message: `The read token belongs to log ${found}, this platform runs ${wanted}.`,
    advice: 'Use a token from an ack of this platform.',
  });
}
