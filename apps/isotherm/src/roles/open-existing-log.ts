import { setTimeout as sleep } from 'node:timers/promises';
import { type Log, type OpenLogOptions, openLog } from '@isotherm/log';
import { type Health, IsothermError } from '@isotherm/service-kit';
import type { ConfigWith } from '@isotherm/service-kit/config';
import type { RoleContext } from './role-context.ts';

const AGAIN_AFTER_MS = 500;

/** Opens the log for reading; where ingest has not made it yet, waits until it has, and says so to probes. */
export async function openExistingLog(
  { config, logger, stopping }: Pick<RoleContext, 'logger' | 'stopping'> & { readonly config: ConfigWith<'log'> },
  { health, ...more }: { readonly health: Pick<Health, 'set'> } & Pick<OpenLogOptions, 'flushState'>,
): Promise<Log> {
  for (let attempt = 0; ; attempt++) {
    try {
      const log = await openLog(config.log, { partitionCount: config.partitions, mode: 'reader', ...more });
      health.set('log');
      return log;
    } catch (error) {
      if (!(error instanceof IsothermError) || error.id !== 'LOG_NOT_FOUND' || stopping.aborted) throw error;
      if (attempt === 0) logger.info({ err: error }, 'The log is not there yet; waiting for ingest');
      health.set('log', 'It waits for ingest, which makes the log.');
      await sleep(AGAIN_AFTER_MS, undefined, { signal: stopping }).catch(() => undefined);
    }
  }
}
