import { create } from '@bufbuild/protobuf';
import { Server, ServerCredentials } from '@grpc/grpc-js';
import {
  type AcquireRequest,
  AcquireResponseSchema,
  ControlService,
  type FollowRequest,
  FollowResponseSchema,
  GetOwnershipResponseSchema,
  PartitionPhase,
  type PlacementTable,
  type ReleaseRequest,
  ReleaseResponseSchema,
  type SetPlacementRequest,
  SetPlacementResponseSchema,
} from '@isotherm/contracts/compute/v1/control_service';
import { MemberRole } from '@isotherm/contracts/coordinator/v1/coordinator_service';
import { systemRuntime } from '@isotherm/runtime';
import { createLogger, grpcDefinition } from '@isotherm/service-kit';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { createControlClient } from '../rpc/control-client.ts';
import { createCoordinatorClient } from '../rpc/coordinator-client.ts';
import { createMemoryRecordStore } from '../store/memory-record-store.ts';
import { startCoordinator } from './start-coordinator.ts';

const logger = createLogger({ service: 'test', level: 'silent' });
const closers: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

/** A process that answers control calls over gRPC and holds partitions without a log. */
async function startShard(name: string) {
  const held = new Map<number, PartitionPhase>();
  let table: PlacementTable | undefined;
  const server = new Server();
  const answer =
    <Request, Response>(handle: (request: Request) => Response) =>
    ({ request }: { readonly request: Request }, callback: (error: null, response: Response) => void) =>
      callback(null, handle(request));
  server.addService(grpcDefinition(ControlService), {
    setPlacement: answer((request: SetPlacementRequest) => {
      table = request.table;
      return create(SetPlacementResponseSchema, {});
    }),
    follow: answer(({ partitions }: FollowRequest) => {
      for (const partition of partitions) held.set(partition, PartitionPhase.FOLLOWING);
      return create(FollowResponseSchema, {});
    }),
    release: answer(({ partitions }: ReleaseRequest) => {
      for (const partition of partitions) held.delete(partition);
      return create(ReleaseResponseSchema, {
        released: partitions.map((partition) => ({ partition, releaseOffset: 7n })),
      });
    }),
    acquire: answer(({ partitions }: AcquireRequest) => {
      for (const { partition } of partitions) held.set(partition, PartitionPhase.OWNING);
      return create(AcquireResponseSchema, {
        outcomes: partitions.map(({ partition }) => ({ partition, owned: true })),
      });
    }),
    getOwnership: answer(() =>
      create(GetOwnershipResponseSchema, {
        shard: name,
        instanceId: name,
        partitions: [...held].map(([partition, phase]) => ({ partition, phase, observationsPerSecond: partition })),
      }),
    ),
  });
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, bound) =>
      error === null ? resolve(bound) : reject(error),
    );
  });
  closers.push(() => server.forceShutdown());
  const owned = () => [...held].filter(([, phase]) => phase === PartitionPhase.OWNING).map(([partition]) => partition);
  return { name, address: `127.0.0.1:${port}`, owned, table: () => table, stop: () => server.forceShutdown() };
}

async function setUp(options: { readonly failoverAfterMs?: number } = {}) {
  const control = createControlClient();
  const running = await startCoordinator(
    { control, store: createMemoryRecordStore(), logger, runtime: systemRuntime },
    { host: '127.0.0.1', port: 0, partitionCount: 12, intervalMs: 20, balanceIntervalMs: 0, ...options },
  );
  const client = createCoordinatorClient(running.address);
  closers.push(
    () => control.close(),
    () => running.close(),
    () => client.close(),
  );
  const join = ({ name, address }: { readonly name: string; readonly address: string }, instanceId = name) =>
    client.register({ role: MemberRole.COMPUTE, name, instanceId, address, controlAddress: address });
  return { client, join };
}

describe('the coordinator over gRPC', () => {
  test('shards that register own all partitions, a shard that joins gets its share, a draining one gives all away', async () => {
    const { client, join } = await setUp();
    const [a, b] = [await startShard('a'), await startShard('b')];
    await join(a);
    await vi.waitFor(() => expect(a.owned()).toHaveLength(12));
    await join(b);
    await vi.waitFor(() => expect([a.owned().length, b.owned().length]).toEqual([6, 6]));
    expect((await client.setDraining({ shard: 'a', draining: true })).moves).toBe(6);
    await vi.waitFor(() => expect([a.owned().length, b.owned().length]).toEqual([0, 12]));
    await vi.waitFor(async () => {
      const status = await client.getPlacement();
      expect(status.moves[0]).toMatchObject({ fromShard: 'a', toShard: 'b' });
      expect(status.members.map(({ name, draining, partitionsOwned }) => [name, draining, partitionsOwned])).toEqual([
        ['a', true, 0],
        ['b', false, 12],
      ]);
    });
    await vi.waitFor(() =>
      expect(b.table()?.owners.every((owner) => b.table()!.shards[owner]!.name === 'b')).toBe(true),
    );
  });

  test('the partitions of a shard that ends go to the others after the failover time', async () => {
    const { join } = await setUp({ failoverAfterMs: 300 });
    const [a, b] = [await startShard('a'), await startShard('b')];
    await join(a);
    await join(b);
    await vi.waitFor(() => expect([a.owned().length, b.owned().length]).toEqual([6, 6]));
    a.stop();
    await vi.waitFor(() => expect(b.owned()).toHaveLength(12), { timeout: 10_000 });
  });

  test('the same move asked twice, an unknown shard, a partition that does not exist, and the last shard draining', async () => {
    const { client, join } = await setUp();
    const a = await startShard('a');
    await join(a);
    await vi.waitFor(() => expect(a.owned()).toHaveLength(12));
    await expect(client.movePartition({ partition: 3, shard: 'x' })).rejects.toThrow(
      "There is no shard 'x'; there are a.",
    );
    await expect(client.movePartition({ partition: 12, shard: 'a' })).rejects.toThrow('partitions are 0 to 11');
    await expect(client.setDraining({ shard: 'a', draining: true })).rejects.toThrow('last shard');
    await expect(client.setDraining({ shard: '' })).rejects.toThrow('shard');
    const b = await startShard('b');
    await join(b);
    await vi.waitFor(() => expect(b.owned()).toHaveLength(6));
    const [partition] = a.owned();
    await client.movePartition({ partition: partition!, shard: 'b' });
    await client.movePartition({ partition: partition!, shard: 'b' });
    await vi.waitFor(() => expect([a.owned().length, b.owned().length]).toEqual([5, 7]));
  });

  test('of two processes of one name the one that registered later counts', async () => {
    const { join } = await setUp();
    const [old, young] = [await startShard('a'), await startShard('a')];
    await join(old, 'first');
    await join(young, 'second');
    await expect(join(old, 'first')).rejects.toThrow('Another compute process named a registered after this one');
    await vi.waitFor(() => expect(young.owned()).toHaveLength(12));
  });
});
