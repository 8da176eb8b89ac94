import type { BlobStore } from '@isotherm/checkpoint';
import { type Log, type OpenLogOptions, openLog } from '@isotherm/log';
import { requireSections } from '@isotherm/service-kit/config';
import type { RoleContext } from './role-context.ts';

/** A log and what it was opened with. */
export interface OpenRoleLog {
  readonly log: Log;
  close(): Promise<void>;
}

/** Opens the log of a role's configuration. @throws LOG_NOT_FOUND for a reader where ingest has not made it yet */
export async function openRoleLog(
  { config, role }: Pick<RoleContext, 'config' | 'role'>,
  options: Omit<OpenLogOptions, 'partitionCount' | 'store'>,
): Promise<OpenRoleLog> {
  const { log: place, partitions } = requireSections(config, role, ['log']);
  let store: BlobStore | undefined;
  if (place.kafka !== undefined) {
    // The identity of a log on Kafka is kept beside the checkpoints.
    const { openBlobs } = await import('@isotherm/checkpoint');
    store = await openBlobs(requireSections(config, role, ['checkpoints']).checkpoints);
  }
  try {
    const log = await openLog(place, { ...options, partitionCount: partitions, ...(store !== undefined && { store }) });
    const close = async () => {
      await log.close();
      await store?.close();
    };
    return { log, close };
  } catch (error) {
    await store?.close();
    throw error;
  }
}
