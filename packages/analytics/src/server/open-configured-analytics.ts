import { readAuthority, readCredentials } from '@isotherm/service-kit';
import type { Config } from '@isotherm/service-kit/config';
import type { AnalyticsStore } from '../analytics-store.ts';
import { openClickHouseAnalytics } from './open-clickhouse-analytics.ts';

/** `analytics` of a configuration whose store is a server. */
export type ServerAnalyticsConfig = NonNullable<Config['analytics']> & {
  readonly clickHouse: NonNullable<NonNullable<Config['analytics']>['clickHouse']>;
};

const SECONDS_PER_DAY = 86_400;

/** The analytical store on the ClickHouse server of a configuration's `analytics` section. */
export function openConfiguredAnalytics({ clickHouse, rawRetentionDays }: ServerAnalyticsConfig): AnalyticsStore {
  const { urls, readUrls, database, clusterName, replicated, credentialsDirectory, caFile } = clickHouse;
  const [first = '', ...others] = urls;
  return openClickHouseAnalytics({
    urls: [first, ...others],
    readUrls,
    database,
    rawRetentionSeconds: Math.round(rawRetentionDays * SECONDS_PER_DAY),
    ...(clusterName !== '' && { cluster: { name: clusterName, replicated } }),
    ...(caFile !== '' && { authority: readAuthority(caFile, 'analytics.clickHouse.caFile') }),
    ...(credentialsDirectory !== '' &&
      readCredentials(credentialsDirectory, 'analytics.clickHouse.credentialsDirectory', ['username', 'password'])),
  });
}
