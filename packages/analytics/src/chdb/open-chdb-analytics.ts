import type { IsothermError } from '@isotherm/service-kit';
import type { AnalyticsBackend } from '../analytics-backend.ts';
import type { AnalyticsStore } from '../analytics-store.ts';
import { type BackendOptions, createClickHouseBackend } from '../clickhouse-backend.ts';
import { createEncodingStore } from '../encoding-store.ts';
import { abandonableEngine } from './abandonable-engine.ts';
import { openChdbEngine } from './chdb-engine.ts';

/** Options of {@link openChdbAnalytics}. */
export interface ChdbAnalyticsOptions extends BackendOptions {
  /** Data directory of the engine, made if need be. One process a directory. */
  readonly path: string;
  /** Directory for files that live for one insert; best in memory or on the same disk. Left-overs in it are removed. */
  readonly scratchDirectory: string;
  /** Database within the directory. Default isotherm. */
  readonly database?: string;
  /** Background merges begin so long after opening, in ms. Default 0: at once. */
  readonly quietMs?: number;
}

/** Whom the engine tells. */
export interface ChdbListener {
  /** The engine has dropped a write to its files, and takes no more statements: open it anew. */
  readonly onDropped?: (error: IsothermError) => void;
}

/**
 * Opens the analytical store on the ClickHouse engine in this process and thread. {@link startAnalyticsThread} is the
 * same on a thread of its own.
 *
 * @throws IsothermError ANALYTICS_ENGINE_UNAVAILABLE, ANALYTICS_DIRECTORY_IN_USE, ANALYTICS_OPEN_FAILED
 */
export async function openChdbAnalytics(options: ChdbAnalyticsOptions): Promise<AnalyticsStore> {
  return createEncodingStore(await openChdbBackend(options));
}

/** A backend that can be left at once. */
export interface AbandonableBackend extends AnalyticsBackend {
  /** Refuses every later statement and closes once what runs now has ended. What waited for its turn is dropped. */
  abandon(): Promise<void>;
}

/** The same, for rows that were encoded elsewhere. */
export async function openChdbBackend(
  options: ChdbAnalyticsOptions,
  { onDropped }: ChdbListener = {},
): Promise<AbandonableBackend> {
  const { path, scratchDirectory, database = 'isotherm', quietMs } = options;
  const engine = abandonableEngine(await openChdbEngine({ path, scratchDirectory, database, quietMs, onDropped }));
  const backend = createClickHouseBackend(engine, options);
  return {
    ...backend,
    abandon() {
      engine.abandon();
      return backend.close();
    },
  };
}
