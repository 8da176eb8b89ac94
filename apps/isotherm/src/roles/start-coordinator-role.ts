import {
  claimCoordination,
  createBlobRecordStore,
  createControlClient,
  startCoordinator,
} from '@isotherm/coordination';
import { systemRuntime } from '@isotherm/runtime';
import {
  type Health,
  onlyServices,
  readTlsDirectory,
  requireSections,
  serviceChannelCredentials,
  serviceServerCredentials,
} from '@isotherm/service-kit';
import type { RoleContext } from './role-context.ts';

/** Services that register, and those who move partitions. */
const CALLERS = ['compute', 'query', 'operator', 'coordinator'] as const;
const PURPOSE = 'calls of the coordinator';

/** A coordinator that is active. */
export interface CoordinatorRole {
  /** host:port. */
  readonly address: string;
  close(): Promise<void>;
}

/** Waits until this coordinator is the active one of those of its checkpoint store, and starts it. */
export async function startCoordinatorRole(
  context: RoleContext & { readonly health: Pick<Health, 'set'> },
): Promise<CoordinatorRole> {
  const { config, health, logger, name, stopping, failed } = context;
  const { openBlobs } = await import('@isotherm/checkpoint');
  const blobs = await openBlobs(requireSections(config, 'coordinator', ['checkpoints']).checkpoints);
  const claim = await claimCoordination(
    { blobs, runtime: systemRuntime, logger, lost: failed, waiting: (reason) => health.set('claim', reason) },
    { name: `${name} at ${context.host}:${context.port}` },
    stopping,
  );
  health.set('claim');
  const tls = config.tls && readTlsDirectory(config.tls.directory);
  const control = createControlClient({ channelCredentials: serviceChannelCredentials(tls) });
  const { standbys, failoverAfterSeconds } = config.compute;
  const running = await startCoordinator(
    { control, store: createBlobRecordStore(blobs), logger, runtime: systemRuntime },
    {
      host: context.host,
      port: context.port,
      serverCredentials: serviceServerCredentials(tls, PURPOSE),
      ...(tls !== undefined && { interceptors: [onlyServices(CALLERS, PURPOSE)] }),
      partitionCount: config.partitions,
      standbys,
      failoverAfterMs: failoverAfterSeconds * 1000,
    },
  ).catch(async (error: unknown) => {
    await claim.release();
    throw error;
  });
  return {
    address: running.address,
    async close() {
      await running.close();
      control.close();
      await claim.release();
      await blobs.close();
    },
  };
}
