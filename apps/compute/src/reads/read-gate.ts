import { Consistency, type ReadToken } from '@isotherm/contracts/type/v1/consistency';
import type { Log } from '@isotherm/log';
import { IsothermError } from '@isotherm/service-kit';
import type { OffsetWaiters } from '../partition/offset-waiters.ts';
import type { PartitionRuntime } from '../partition/partition-runtime.ts';

/** What the gate needs. */
export interface ReadGateDeps {
  readonly log: Log;
  readonly runtimes: ReadonlyMap<number, PartitionRuntime>;
  readonly waiters: OffsetWaiters;
}

/** The prefix of the log that a read must see. */
export interface ReadWish {
  readonly token: ReadToken | undefined;
  readonly consistency: Consistency;
  /** Partitions the read concerns, of those the shard has. */
  readonly partitions: ReadonlySet<number>;
}

/** Waits until the prefix a read asks for is applied. @throws READ_NOT_YET_APPLIED with applied versus wanted when the signal aborts first. */
export async function passReadGate(deps: ReadGateDeps, wish: ReadWish, signal: AbortSignal): Promise<void> {
  const wanted = await wantedOffsets(deps, wish);
  try {
    await Promise.all([...wanted].map(([partition, offset]) => deps.waiters.wait(partition, offset, signal)));
  } catch (cause) {
    const behind = [...wanted].filter(([partition, offset]) => appliedOffset(deps, partition) < offset);
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

async function wantedOffsets(
  deps: ReadGateDeps,
  { token, consistency, partitions }: ReadWish,
): Promise<Map<number, number>> {
  const wanted = new Map<number, number>();
  if (token !== undefined) {
    requireSameLog(token.incarnation, deps.log.incarnation);
    token.partitions.forEach((partition, index) => {
      if (partitions.has(partition)) wanted.set(partition, Number(token.offsets[index] ?? 0n) + 1);
    });
  }
  if (consistency === Consistency.STRONG) {
    const extents = await deps.log.extents(partitions);
    for (const partition of partitions) {
      // The log knows every partition that a shard has.
      wanted.set(partition, Math.max(wanted.get(partition) ?? 0, extents.get(partition)!.end));
    }
  }
  return wanted;
}

function appliedOffset({ runtimes }: ReadGateDeps, partition: number): number {
  return runtimes.get(partition)!.state.appliedOffset;
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
