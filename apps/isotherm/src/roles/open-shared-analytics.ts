import type { AnalyticsStore, ServerAnalyticsConfig } from '@isotherm/analytics';
import { type ConfigWith, IsothermError } from '@isotherm/service-kit';
import { migrateUntilDone } from './migrate-until-done.ts';
import type { RoleContext } from './role-context.ts';

/**
 * Opens the analytical store that several processes share. It need not be up: whoever owns partitions makes its tables
 * once it is.
 *
 * @throws IsothermError ANALYTICS_NOT_SHARED where the configuration has the engine in the process
 */
export async function openSharedAnalytics({
  role,
  config,
  logger,
  stopping,
}: Pick<RoleContext, 'role' | 'logger' | 'stopping'> & {
  readonly config: ConfigWith<'analytics'>;
}): Promise<AnalyticsStore> {
  const { analytics } = config;
  if (analytics.clickHouse === undefined) {
    throw new IsothermError({
      code: 'INVALID_ARGUMENT',
      id: 'ANALYTICS_NOT_SHARED',
      message: `isotherm ${role} needs analytics.clickHouse: processes cannot share the engine of analytics.embedded.`,
      advice: 'Name a ClickHouse server; `isotherm analytics` runs one.',
      metadata: { setting: 'analytics' },
    });
  }
  const { openConfiguredAnalytics } = await import('@isotherm/analytics');
  const store = openConfiguredAnalytics(analytics as ServerAnalyticsConfig);
  if (role === 'compute') void migrateUntilDone(store, { logger, stopping });
  return store;
}
