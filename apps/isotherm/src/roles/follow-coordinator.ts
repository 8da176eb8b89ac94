import { createCoordinatorClient, keepRegistered } from '@isotherm/coordination';
import { createPlacementHolder, unplaced } from '@isotherm/placement';
import { placementFromMessage } from '@isotherm/placement/message';
import { systemRuntime } from '@isotherm/runtime';
import { readTlsDirectory, serviceChannelCredentials } from '@isotherm/service-kit';
import type { OpenPlacement } from './open-placement.ts';
import type { RoleContext } from './role-context.ts';

/** What a process tells the coordinator of itself. */
type Self = Pick<Parameters<typeof keepRegistered>[1], 'role' | 'address' | 'controlAddress'>;

/** A placement that a coordinator keeps, and the process's place in it. */
export interface CoordinatedPlacement extends OpenPlacement {
  /** Registers the process, again and again. */
  join(self: Self): void;
  /** Says that the process is about to end. @returns whether the coordinator knows */
  leave(): Promise<boolean>;
}

/** Follows the placement of the coordinator at `address` once the process has joined. Before the first table nothing is placed. */
export function followCoordinator(
  address: string,
  { config, name, logger, failed }: Pick<RoleContext, 'config' | 'name' | 'logger' | 'failed'>,
): CoordinatedPlacement {
  const holder = createPlacementHolder(unplaced(config.partitions));
  const client = createCoordinatorClient(address, {
    timeoutMs: 2_000,
    channelCredentials: serviceChannelCredentials(config.tls && readTlsDirectory(config.tls.directory)),
  });
  let registration: ReturnType<typeof keepRegistered> | undefined;
  return {
    source: { ...holder, refresh: () => registration?.refresh() },
    join(self) {
      const instanceId = systemRuntime.uniqueId();
      registration = keepRegistered(
        {
          client,
          logger,
          runtime: systemRuntime,
          onTable(table) {
            try {
              holder.update(placementFromMessage(table));
            } catch (error) {
              logger.error({ err: error, advice: 'The table before it stands.' }, 'Placement cannot be used');
            }
          },
          superseded: failed,
        },
        { ...self, name, instanceId },
      );
    },
    leave: async () => (await registration?.leave()) === true,
    close() {
      registration?.stop();
      client.close();
    },
  };
}
