import type { AnalyticsStore } from '../analytics-store.ts';
import { type BackendOptions, createClickHouseBackend } from '../clickhouse-backend.ts';
import { createEncodingStore } from '../encoding-store.ts';
import type { TablePlace } from '../schema/table-place.ts';
import { createServerEngine } from './server-engine.ts';
import type { ServerOptions } from './server-pool.ts';

/** Options of {@link openClickHouseAnalytics}. */
export interface ClickHouseAnalyticsOptions extends BackendOptions, ServerOptions, Pick<TablePlace, 'cluster'> {
  /** Default isotherm. */
  readonly database?: string;
}

/**
 * The analytical store on a ClickHouse server (26 or later). Several processes may share one: wide points are then read
 * from the minutes. Connects on first use; a server that is away makes calls fail with ANALYTICS_UNREACHABLE.
 */
export function openClickHouseAnalytics(options: ClickHouseAnalyticsOptions): AnalyticsStore {
  const { database = 'isotherm', cluster } = options;
  const engine = createServerEngine({ database, cluster }, options);
  return createEncodingStore(createClickHouseBackend(engine, options));
}
