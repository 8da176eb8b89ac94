import type { BlobStore } from '@isotherm/checkpoint';
import { type ClockStep, type Log, openLog } from '@isotherm/log';
import { requireSections } from '@isotherm/service-kit';
import type { RoleContext } from './role-context.ts';

/** Whether the role appends, and with which settings it would make the log. */
export type OpenRoleLogOptions =
  | { readonly mode: 'writer'; readonly settings: Uint8Array; readonly onFenced: (error: Error) => void }
  | { readonly mode: 'reader' };

/** A log and what it was opened with. */
export interface OpenRoleLog {
  readonly log: Log;
  close(): Promise<void>;
}

/** Opens the log of a role's configuration. @throws LOG_NOT_FOUND for a reader where ingest has not made it yet */
export async function openRoleLog(
  { config, role, logger, sharedLog }: Pick<RoleContext, 'config' | 'role' | 'logger' | 'sharedLog'>,
  options: OpenRoleLogOptions,
): Promise<OpenRoleLog> {
  const { log: place, partitions } = requireSections(config, role, ['log']);
  let store: BlobStore | undefined;
  if (place.kafka !== undefined) {
    // The identity of a log on Kafka is kept beside the checkpoints.
    const { openBlobs } = await import('@isotherm/checkpoint');
    store = await openBlobs(requireSections(config, role, ['checkpoints']).checkpoints);
  }
  try {
    const log = await openLog(place, {
      ...options,
      ...sharedLog,
      partitionCount: partitions,
      onClockStep: ({ kind, aheadMs }) => logger.warn({ kind, aheadMs, advice: CLOCK_ADVICE[kind] }, 'Clock is uneven'),
      ...(store !== undefined && { store }),
    });
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

const CLOCK_ADVICE: Readonly<Record<ClockStep['kind'], string>> = {
  heldBack: "The clock jumped ahead: stamps of the log go on without it for now. Check this machine's time service.",
  followed: 'The clock stayed there, as after sleep: stamps of the log follow it.',
  returned: 'The clock came back: stamps of the log never left it.',
  setBack:
    "Stamps in the log are ahead of the clock: new ones follow the clock, and log time stands until it has caught up. Check this machine's time service.",
};
