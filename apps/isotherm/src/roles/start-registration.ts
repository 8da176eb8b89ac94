import { setTimeout as sleep } from 'node:timers/promises';
import type { Shard } from '@isotherm/compute';
import type { CoordinatedPlacement } from './follow-coordinator.ts';
import type { RoleContext } from './role-context.ts';

/** A stopping shard waits no longer for others to take over: what it still owns then goes on from its last checkpoint. */
const LEAVE_LIMIT_MS = 8_000;
const LOOK_EVERY_MS = 50;

/** Registers a shard with its coordinator; closing gives its partitions to others first, while they can. */
export function startRegistration(
  shard: Shard,
  placement: CoordinatedPlacement,
  { logger }: Pick<RoleContext, 'logger'>,
): { close(): Promise<void> } {
  placement.join({ role: 'compute', address: shard.address, controlAddress: shard.controlAddress ?? '' });
  return {
    async close() {
      if (!(await placement.leave())) return;
      const limitMs = Date.now() + LEAVE_LIMIT_MS;
      while (shard.ownedPartitions() > 0 && Date.now() < limitMs) await sleep(LOOK_EVERY_MS);
      const partitions = shard.ownedPartitions();
      if (partitions > 0) logger.warn({ partitions, advice: 'Others take them over.' }, 'Stopped as an owner');
    },
  };
}
