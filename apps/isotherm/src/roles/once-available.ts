import { setTimeout as sleep } from 'node:timers/promises';
import { type Health, IsothermError } from '@isotherm/service-kit';
import type { RoleContext } from './role-context.ts';

const AGAIN_AFTER_MS = 500;
/** Said again after so many attempts. */
const SAY_AGAIN_AFTER = 60;

/**
 * Opens something that may not be there yet, as often as it takes: services of a cluster start in any order. Probes and
 * the log say what is waited for.
 *
 * @param part under which readiness names it
 */
export async function onceAvailable<Opened>(
  part: string,
  open: () => Promise<Opened>,
  { health, logger, stopping }: Pick<RoleContext, 'logger' | 'stopping'> & { readonly health: Pick<Health, 'set'> },
): Promise<Opened> {
  for (let attempt = 0; ; attempt++) {
    try {
      const opened = await open();
      health.set(part);
      return opened;
    } catch (error) {
      if (!(error instanceof IsothermError) || !mayCome(error) || stopping.aborted) throw error;
      const advice = 'It is tried again until it is there.';
      if (attempt % SAY_AGAIN_AFTER === 0) logger.warn({ err: error, advice }, 'Something needed is not there yet');
      health.set(part, error.message);
      await sleep(AGAIN_AFTER_MS, undefined, { signal: stopping }).catch(() => undefined);
    }
  }
}

function mayCome(error: IsothermError): boolean {
  return error.code === 'UNAVAILABLE' || error.id === 'LOG_NOT_FOUND';
}
