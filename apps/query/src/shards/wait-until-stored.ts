import { create } from '@bufbuild/protobuf';
import type { StoredKind } from '@isotherm/contracts/compute/v1/compute_service';
import { type ReadToken, ReadTokenSchema } from '@isotherm/contracts/type/v1/consistency';
import type { CallTiming } from '../call.ts';
import { invalidRequest } from '../rpc/validation.ts';
import type { ShardRouter } from './shard-router.ts';

/** What the analytical store has to hold. */
export interface StoredRequirement {
  readonly token: ReadToken;
  /** Minute rows, or what is kept record by record. */
  readonly kind: StoredKind;
  /** The partition of the token that the read depends on. Default all. */
  readonly partition?: number;
}

/**
 * Waits until the analytical store holds what a token names: the owners of its partitions answer when they have stored it.
 * @throws READ_NOT_YET_STORED with stored versus wanted when the deadline comes first.
 */
export async function waitUntilStored(
  router: ShardRouter,
  { token, kind, partition }: StoredRequirement,
  call: CallTiming,
): Promise<void> {
  if (token.partitions.length !== token.offsets.length) {
    throw invalidRequest([{ field: 'read_token', description: 'must have as many partitions as offsets' }]);
  }
  const wanted = token.partitions.flatMap((number, index) =>
    partition === undefined || number === partition ? [[number, token.offsets[index]!] as const] : [],
  );
  const offsets = new Map(wanted);
  await router.eachOwner([...offsets.keys()], call, async (shard, partitions) => {
    const readToken = create(ReadTokenSchema, {
      incarnation: token.incarnation,
      partitions: [...partitions],
      offsets: partitions.map((number) => offsets.get(number)!),
    });
    await shard.storeRows({ readToken, kind }, call);
  });
}
