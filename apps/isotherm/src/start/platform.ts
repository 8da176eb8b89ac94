import { createFlushBuffer } from '@isotherm/log';
import { createLifecycle, createLogger, startServiceGroup } from '@isotherm/service-kit';
import { type DataDirectory, openDataDirectory } from './data-directory.ts';
import { withInternalCredentials } from './internal-credentials.ts';
import type { PlatformContext } from './platform-context.ts';
import { PLATFORM, platformModules } from './platform-modules.ts';
import type { StartOptions } from './start-options.ts';
import type { StatsLoop } from './stats-loop.ts';
import { warnOfExposure } from './warn-of-exposure.ts';

/** The whole platform in one process. */
export interface Platform extends AsyncDisposable {
  readonly options: StartOptions;
  readonly directory: DataDirectory;
  /** host:port of gRPC ingest. */
  readonly ingestAddress: string;
  /** Base URL of the public API and the dashboard. */
  readonly apiUrl: string;
  /** host:port of health and metrics. */
  readonly metricsAddress: string;
  readonly stats: StatsLoop;
  /** Drains and stops everything. Idempotent. */
  close(): Promise<void>;
}

/** What starting needs to be told besides its options. */
export interface PlatformDeps {
  /** A module failed for good: the process is expected to end. */
  readonly failed: (error: Error) => void;
  /** Called as modules come up, for people who wait. Default does nothing. */
  readonly progress?: (what: string) => void;
}

/** Brings up log, ingest, compute, analytical store, API, dashboard and demo feed. What started is stopped again if a later module cannot. */
export async function startPlatform(options: StartOptions, deps: PlatformDeps): Promise<Platform> {
  const logger = createLogger({ service: 'isotherm', level: options.logLevel });
  const lifecycle = createLifecycle('isotherm', logger);
  const directory = await openDataDirectory(options.dataDirectory, options);
  warnOfExposure(options, { logger, nowMs: Date.now() });
  const { tenants, internal } = withInternalCredentials(options);
  const context: PlatformContext = {
    options: { ...options, tenants },
    internal,
    directory,
    logger,
    lifecycle,
    progress: deps.progress ?? (() => undefined),
    failed(error) {
      if (lifecycle.state === 'draining' || lifecycle.state === 'stopped') return;
      lifecycle.moveTo('failed', error.message);
      deps.failed(error);
    },
    expositions: [],
    flushState: createFlushBuffer(),
  };
  const group = await startServiceGroup(platformModules(context), PLATFORM, { logger });
  const { health, ingestThread, query, statsLoop } = group.values;
  if (lifecycle.state === 'starting') lifecycle.moveTo('ready');
  let closing: Promise<void> | undefined;
  const close = () => {
    closing ??= (async () => {
      if (lifecycle.state === 'ready') lifecycle.moveTo('draining');
      await group.close();
      if (lifecycle.state !== 'failed') lifecycle.moveTo('stopped');
    })();
    return closing;
  };
  return {
    options,
    directory,
    ingestAddress: ingestThread.address,
    apiUrl: `${options.tls === undefined ? 'http' : 'https'}://${query.address}`,
    metricsAddress: health.address,
    stats: statsLoop,
    close,
    [Symbol.asyncDispose]: close,
  };
}
