import { setTimeout as sleep } from 'node:timers/promises';
import type { AnalyticsStore } from '@isotherm/analytics';
import type { RoleContext } from './role-context.ts';

const AGAIN_AFTER_MS = 2000;

/** Brings the tables up to date, as often as it takes. Writes before that fail and are tried again. */
export async function migrateUntilDone(
  store: Pick<AnalyticsStore, 'migrate'>,
  { logger, stopping }: Pick<RoleContext, 'logger' | 'stopping'>,
): Promise<void> {
  for (let attempt = 0; !stopping.aborted; attempt++) {
    try {
      await store.migrate();
      logger.info({ attempt }, 'Tables of the analytical store are up to date');
      return;
    } catch (error) {
      const advice = 'It is tried again; the log keeps what is not stored.';
      if (attempt === 0)
        logger.warn({ err: error, advice }, 'Tables of the analytical store were not brought up to date');
      await sleep(AGAIN_AFTER_MS, undefined, { signal: stopping, ref: false }).catch(() => undefined);
    }
  }
}
