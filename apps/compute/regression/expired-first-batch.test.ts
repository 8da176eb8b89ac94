import { create } from '@bufbuild/protobuf';
import { Client, credentials } from '@grpc/grpc-js';
import {
  ComputeService,
  GetShardStatusRequestSchema,
  type GetShardStatusResponse,
} from '@isotherm/contracts/compute/v1/compute_service';
import { encodeObservations } from '@isotherm/records';
import { grpcDefinition } from '@isotherm/service-kit';
import { expect, it } from 'vitest';
import { startShard } from '../src/index.ts';
import { openShardStores } from '../src/testing/shard-stores.ts';

const stores = openShardStores(1);
const NOW_MS = Date.UTC(2026, 6, 1, 12);

// The sequence of a producer none of whose batches counted was −1, which the message cannot hold: the call failed for all.
it('the status of a shard can be read after the first batch of a producer came too late', async () => {
  stores.clock.nowMs = NOW_MS;
  const producer = { id: 'late', session: 3n, sequence: 1, createdAtMs: NOW_MS - 3_600_001 };
  const rows = [{ cityId: '1', observedMs: NOW_MS, temperature: 20 }];
  await stores.log.append([{ partition: 0, bytes: encodeObservations({ slices: [{ producer, rows }] }), weight: 1 }]);
  await using shard = await startShard(stores.deps());
  await expect.poll(async () => (await shard.stats()).dead).toBe(1);
  const { path, requestSerialize, responseDeserialize } = grpcDefinition(ComputeService)['getShardStatus']!;
  const client = new Client(shard.address, credentials.createInsecure());
  const status = await new Promise<GetShardStatusResponse>((resolve, reject) => {
    const request = create(GetShardStatusRequestSchema);
    client.makeUnaryRequest(path, requestSerialize, responseDeserialize, request, (error, answer) =>
      error === null ? resolve(answer as GetShardStatusResponse) : reject(error),
    );
  });
  client.close();
  expect(status.producers).toMatchObject([{ producerId: 'late', session: 3n, sequence: 0n, observations: 0n }]);
});
