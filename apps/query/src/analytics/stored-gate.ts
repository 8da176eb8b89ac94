import { setTimeout as sleep } from 'node:timers/promises';
import { create } from '@bufbuild/protobuf';
import { type ReadToken, ReadTokenSchema } from '@isotherm/contracts/type/v1/consistency';
import { IsothermError } from '@isotherm/service-kit';
import type { Call, CallTiming } from '../call.ts';
import { invalidRequest } from '../rpc/validation.ts';
import type { ShardClient } from '../shards/shard-client.ts';
import type { ShardRouter } from '../shards/shard-router.ts';

const POLL_MS = 100;
/** Part of the caller's time that is kept for saying what is stored. */
const REPORT_MS = 250;
const REPORT_SHARE = 0.3;

/**
 * Waits until the analytical store holds what a token names of one partition: a city's history depends on no other.
 * @throws READ_NOT_YET_STORED with stored versus wanted when the deadline comes first.
 */
export async function waitUntilStored(
  router: ShardRouter,
  wish: { readonly token: ReadToken; readonly partition: number; readonly rawRows: boolean },
  call: Call,
): Promise<void> {
  const { token, partition } = wish;
  if (token.partitions.length !== token.offsets.length) {
    throw invalidRequest([{ field: 'read_token', description: 'must have as many partitions as offsets' }]);
  }
  const index = token.partitions.indexOf(partition);
  const offset = token.offsets[index];
  if (offset === undefined) return;
  const shard = router.ownerOfPartition(partition);
  if (shard === undefined) throw notStored({ partition, wanted: offset, stored: undefined });
  const readToken = create(ReadTokenSchema, {
    incarnation: token.incarnation,
    partitions: [partition],
    offsets: [offset],
  });
  const leftMs = Math.max(0, call.deadlineMs - Date.now());
  const waiting: CallTiming = {
    signal: call.signal,
    deadlineMs: call.deadlineMs - Math.floor(Math.min(REPORT_MS, leftMs * REPORT_SHARE)),
  };
  try {
    await shard.storeRows({ readToken }, waiting);
    // Observations as they were sent have a writer of their own.
    while (wish.rawRows && ((await storedOffset(shard, partition, waiting)) ?? 0n) <= offset) {
      if (Date.now() + POLL_MS >= waiting.deadlineMs) throw notStored({ partition, wanted: offset, stored: undefined });
      await sleep(POLL_MS, undefined, { signal: call.signal });
    }
  } catch (error) {
    if (!(error instanceof IsothermError) || error.code !== 'DEADLINE_EXCEEDED') throw error;
    const stored = await storedOffset(shard, partition, call).catch(() => undefined);
    throw notStored({ partition, wanted: offset, stored }, error);
  }
}

async function storedOffset(shard: ShardClient, partition: number, call: CallTiming): Promise<bigint | undefined> {
  const status = await shard.getStatus(call);
  return status.partitions.find((found) => found.partition === partition)?.storedOffset;
}

/** DEADLINE_EXCEEDED: how far the store is and how far the read wanted it to be. */
export function notStored(
  state: { readonly partition: number; readonly wanted: bigint; readonly stored: bigint | undefined },
  cause?: unknown,
): IsothermError {
  const stored = state.stored === undefined ? 'unknown' : state.stored === 0n ? 'none' : String(state.stored - 1n);
  return new IsothermError({
    code: 'DEADLINE_EXCEEDED',
    id: 'READ_NOT_YET_STORED',
    message: `Partition ${state.partition} has stored offset ${stored}, the read wants ${state.wanted}.`,
    advice: 'Call again, or with a longer deadline.',
    retryAfterMs: 1000,
    metadata: { partition: String(state.partition), stored, wanted: String(state.wanted) },
    cause,
  });
}
