import type { AnalyticsStore } from '../analytics-store.ts';
import { type BackendOptions, createClickHouseBackend } from '../clickhouse-backend.ts';
import { createEncodingStore } from '../encoding-store.ts';
import { createServerEngine, type ServerOptions } from './server-engine.ts';

/** Options of {@link openClickHouseAnalytics}. */
export interface ClickHouseAnalyticsOptions extends BackendOptions, ServerOptions {
  /** Default isotherm. */
  readonly database?: string;
}

/**
 * The analytical store on a ClickHouse server (26 or later). Several processes may share one: wide points are then read
 * from the minutes. Connects on first use; a server that is away makes calls fail with ANALYTICS_UNREACHABLE.
 */
export function openClickHouseAnalytics(options: ClickHouseAnalyticsOptions): AnalyticsStore {
  const engine = createServerEngine(options.database ?? 'isotherm', options);
  return createEncodingStore(createClickHouseBackend(engine, options));
}
