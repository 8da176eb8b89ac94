import { setTimeout as sleep } from 'node:timers/promises';
import { create } from '@bufbuild/protobuf';
import { type ReadToken, ReadTokenSchema } from '@isotherm/contracts/type/v1/consistency';
import { IsothermError } from '@isotherm/service-kit';
import { notStored } from '../analytics/stored-gate.ts';
import type { Call } from '../call.ts';
import { invalidRequest } from '../rpc/validation.ts';
import type { ShardClient } from '../shards/shard-client.ts';
import type { ShardRouter } from '../shards/shard-router.ts';

const POLL_MS = 100;

interface Wish {
  readonly partition: number;
  readonly offset: bigint;
}

/**
 * Waits until letters and their outcomes up to what a token names are in the analytical store.
 * @throws READ_NOT_YET_STORED with stored versus wanted when the deadline comes first.
 */
export async function waitUntilLettersStored(router: ShardRouter, token: ReadToken, call: Call): Promise<void> {
  if (token.partitions.length !== token.offsets.length) {
    throw invalidRequest([{ field: 'read_token', description: 'must have as many partitions as offsets' }]);
  }
  const wishes = new Map<ShardClient, Wish[]>();
  token.partitions.forEach((partition, index) => {
    const offset = token.offsets[index] ?? 0n;
    const shard = router.ownerOfPartition(partition);
    if (shard === undefined) throw notStored({ partition, wanted: offset, stored: undefined });
    wishes.set(shard, [...(wishes.get(shard) ?? []), { partition, offset }]);
  });
  await Promise.all([...wishes].map(([shard, wanted]) => waitForShard(shard, { token, wanted }, call)));
}

async function waitForShard(
  shard: ShardClient,
  { token, wanted }: { readonly token: ReadToken; readonly wanted: readonly Wish[] },
  call: Call,
): Promise<void> {
  let behind: (Wish & { readonly stored: bigint | undefined }) | undefined;
  try {
    const readToken = create(ReadTokenSchema, {
      incarnation: token.incarnation,
      partitions: wanted.map(({ partition }) => partition),
      offsets: wanted.map(({ offset }) => offset),
    });
    await shard.storeRows({ readToken }, call);
    for (;;) {
      const { partitions } = await shard.getStatus(call);
      const stored = new Map(partitions.map(({ partition, storedOffset }) => [partition, storedOffset]));
      const missing = wanted.find(({ partition, offset }) => (stored.get(partition) ?? 0n) <= offset);
      if (missing === undefined) return;
      behind = { ...missing, stored: stored.get(missing.partition) };
      if (Date.now() + POLL_MS >= call.deadlineMs) break;
      await sleep(POLL_MS, undefined, { signal: call.signal });
    }
  } catch (error) {
    const late = error instanceof IsothermError && error.code === 'DEADLINE_EXCEEDED';
    if (!late) throw error;
    if (behind === undefined) throw error;
  }
  const { partition, offset, stored } = behind;
  throw notStored({ partition, wanted: offset, stored });
}
