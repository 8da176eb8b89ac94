import { StoredKind } from '@isotherm/contracts/compute/v1/compute_service';
import { Consistency, type ReadToken } from '@isotherm/contracts/type/v1/consistency';
import type { Runtime } from '@isotherm/runtime';
import { IsothermError } from '@isotherm/service-kit';
import type { HeldPartition } from '../partition/held-partition.ts';
import type { OffsetWaiters } from '../partition/offset-waiters.ts';
import type { PartitionTable } from '../partition/partition-table.ts';
import { type ElsewhereDeps, elsewhere, notHere } from './elsewhere.ts';
import { type ReadBarrierDeps, waitForPrefix } from './read-barrier.ts';

/** What storing for a read needs. */
export interface StoreRowsDeps extends ElsewhereDeps, ReadBarrierDeps {
  readonly table: PartitionTable;
  /** Waits for what is stored record by record. */
  readonly recordWaiters: OffsetWaiters;
  readonly runtime: Runtime;
  /** Writes rows, open panes included. @returns rows stored. */
  flushRows(): Promise<number>;
}

/** Pause before rows that another write holds are asked for again. */
const FLUSH_RETRY_MS = 5;

/**
 * Waits until what depends on a token's prefix is stored.
 * @throws WRONG_SHARD where a partition of the token is not this shard's (any more), READ_NOT_YET_STORED with stored
 * versus wanted when the signal aborts first.
 */
export async function storeRows(
  deps: StoreRowsDeps,
  { token, kind }: { readonly token: ReadToken; readonly kind: StoredKind },
  signal: AbortSignal,
): Promise<void> {
  const { table, recordWaiters } = deps;
  const required = token.partitions.map((partition, index) => [partition, Number(token.offsets[index] ?? 0n)] as const);
  const storedOffset = ({ state, sinkCursor }: HeldPartition) =>
    kind === StoredKind.RECORDS ? sinkCursor : state.storedOffset;
  const requireOwned = () => {
    const missing = token.partitions.find((partition) => table.owned(partition) === undefined);
    if (missing !== undefined) throw notHere(deps, elsewhere(deps, missing));
  };
  const behind = () =>
    required.find(([partition, offset]) => {
      const held = table.owned(partition);
      return held !== undefined && storedOffset(held) <= offset;
    });
  requireOwned();
  try {
    const partitions = new Set(token.partitions);
    await waitForPrefix(deps, { token, consistency: Consistency.EVENTUAL, partitions }, signal);
    if (kind === StoredKind.RECORDS) {
      await Promise.all(required.map(([partition, offset]) => recordWaiters.wait(partition, offset + 1, signal)));
      return;
    }
    for (requireOwned(); behind() !== undefined; requireOwned()) {
      signal.throwIfAborted();
      // Nothing to hand out while a background write holds the rows: its turn must come, and the deadline's.
      if ((await deps.flushRows()) === 0) await deps.runtime.sleep(FLUSH_RETRY_MS, signal);
    }
  } catch (cause) {
    requireOwned();
    const first = behind();
    if (!signal.aborted || first === undefined) throw cause;
    const [partition, offset] = first;
    throw notYetStored({ partition, offset, stored: storedOffset(table.owned(partition)!) }, cause);
  }
}

/** How far the store is and how far the read wanted it to be. @param state.stored offset after the last one stored */
function notYetStored(
  state: { readonly partition: number; readonly offset: number; readonly stored: number },
  cause: unknown,
): IsothermError {
  const { partition, offset } = state;
  const stored = state.stored === 0 ? 'none' : String(state.stored - 1);
  return new IsothermError({
    code: 'DEADLINE_EXCEEDED',
    id: 'READ_NOT_YET_STORED',
    message: `Partition ${partition} has stored offset ${stored}, the read wants ${offset}.`,
    advice: 'Call again, or with a longer deadline.',
    retryAfterMs: 1000,
    metadata: { partition: String(partition), stored, wanted: String(offset) },
    cause,
  });
}
