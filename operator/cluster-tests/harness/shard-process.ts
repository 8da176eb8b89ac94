import { create, type Message } from '@bufbuild/protobuf';
import { Server, ServerCredentials, type ServerUnaryCall, type sendUnaryData, status } from '@grpc/grpc-js';
import {
  type AcquireRequest,
  AcquireResponseSchema,
  ControlService,
  type FollowRequest,
  FollowResponseSchema,
  GetOwnershipResponseSchema,
  PartitionPhase,
  type ReleaseRequest,
  ReleaseResponseSchema,
  type SetPlacementRequest,
  SetPlacementResponseSchema,
} from '@isotherm/contracts/compute/v1/control_service';
import { grpcDefinition } from '@isotherm/service-kit';

/**
 * A shard that owns partitions and nothing else: the control calls of docs/adr/0014 over a log that stands still.
 * Every change of ownership is a line on standard output, so that a test sees who owned what when.
 *     node shard-process.ts NAME HOST
 */
const [name = '', host = '127.0.0.1'] = process.argv.slice(2);
const OFFSET = 1000n;
const LOAD_MS = 30;

interface Held {
  phase: PartitionPhase;
}

let epoch = 0n;
const partitions = new Map<number, Held>();
const say = (event: object) =>
  process.stdout.write(
    `${JSON.stringify({ shard: name, atMs: performance.timeOrigin + performance.now(), ...event })}\n`,
  );

/** Refuses what acts for an older table. */
function see(next: bigint): void {
  if (next < epoch)
    throw Object.assign(new Error(`STALE_EPOCH: ${next} is lower than ${epoch}`), { code: status.FAILED_PRECONDITION });
  epoch = next;
}

const methods: Readonly<Record<string, (request: never) => Message>> = {
  setPlacement({ table }: SetPlacementRequest) {
    see(table!.epoch);
    say({ event: 'placement', epoch: Number(epoch) });
    return create(SetPlacementResponseSchema, { epoch });
  },
  follow(request: FollowRequest) {
    see(request.epoch);
    for (const partition of request.partitions) {
      if (partitions.has(partition)) continue;
      const held: Held = { phase: PartitionPhase.LOADING };
      partitions.set(partition, held);
      setTimeout(() => {
        if (held.phase === PartitionPhase.LOADING) held.phase = PartitionPhase.FOLLOWING;
      }, LOAD_MS);
    }
    return create(FollowResponseSchema);
  },
  release(request: ReleaseRequest) {
    see(request.epoch);
    const mine = request.partitions.filter((partition) => partitions.has(partition));
    for (const partition of mine) {
      if (partitions.get(partition)!.phase === PartitionPhase.OWNING) say({ event: 'released', partition });
      partitions.delete(partition);
    }
    const released = mine.map((partition) => ({ partition, releaseOffset: OFFSET, checkpointOffset: OFFSET }));
    return create(ReleaseResponseSchema, { released });
  },
  acquire(request: AcquireRequest) {
    see(request.epoch);
    const outcomes = request.partitions.map(({ partition }) => {
      const held = partitions.get(partition);
      if (held === undefined) return { partition, owned: false, reason: 'not followed' };
      if (held.phase !== PartitionPhase.OWNING) say({ event: 'owned', partition, epoch: Number(request.epoch) });
      held.phase = PartitionPhase.OWNING;
      return { partition, owned: true, reason: '' };
    });
    return create(AcquireResponseSchema, { outcomes });
  },
  getOwnership() {
    return create(GetOwnershipResponseSchema, {
      shard: name,
      instanceId: String(process.pid),
      epoch,
      partitions: [...partitions].map(([partition, { phase }]) => ({
        partition,
        phase,
        appliedOffset: OFFSET,
        endOffset: OFFSET,
        lagSeconds: 0.2,
        observationsPerSecond: 100,
        busyRatio: 0.01,
      })),
    });
  },
};

const server = new Server();
server.addService(
  grpcDefinition(ControlService),
  Object.fromEntries(
    Object.entries(methods).map(([method, answer]) => [
      method,
      ({ request }: ServerUnaryCall<Message, Message>, respond: sendUnaryData<Message>) => {
        try {
          respond(null, answer(request as never));
        } catch (error) {
          respond(error as Error);
        }
      },
    ]),
  ),
);
server.bindAsync(`${host}:50052`, ServerCredentials.createInsecure(), (error) => {
  if (error !== null) {
    process.stderr.write(`${error.message}\n`);
    process.exit(1);
  }
  say({ event: 'ready' });
});
process.on('SIGTERM', () => process.exit(0));
