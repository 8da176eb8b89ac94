import type { ResultSettings } from '@isotherm/records';
import type { Config } from '@isotherm/service-kit/config';
import type { DataDirectory } from './data-directory.ts';
import type { StartOptions } from './start-options.ts';

/** Share of the disk cap that the log may take; the rest is for results. */
const LOG_SHARE = 0.5;

/** What `isotherm start` is told as the configuration of the roles that it runs. */
export function configOfStart(options: StartOptions, directory: DataDirectory): Config {
  return {
    name: 'isotherm',
    partitions: options.partitions,
    formula: options.formula,
    windows: {
      outOfOrdernessSeconds: 5,
      allowedLatenessSeconds: options.allowedLatenessSeconds ?? 3600,
      rollingMinutes: [5, 60, 1440],
    },
    log: {
      embedded: {
        directory: directory.log,
        maxBytes: Math.floor(options.diskCapBytes * LOG_SHARE),
        diskReserveBytes: options.diskReserveBytes,
      },
    },
    checkpoints: { directory: directory.checkpoints, intervalSeconds: options.checkpointSeconds },
    analytics: {
      embedded: { directory: directory.analytics, scratchDirectory: directory.scratch },
      storeRaw: options.storeRaw,
      rawRetentionDays: options.rawRetentionHours / 24,
    },
    compute: { standbys: 0, failoverAfterSeconds: 15, handOffTimeoutSeconds: 60 },
    ingests: [],
    otlpEndpoint: options.otlpEndpoint ?? '',
    logLevel: options.logLevel,
  };
}

/** What `isotherm start` is told of the settings of a log. */
export function resultSettingsOf({ formula, allowedLatenessSeconds }: StartOptions): Partial<ResultSettings> {
  return {
    formula,
    ...(allowedLatenessSeconds !== undefined && { allowedLatenessMs: allowedLatenessSeconds * 1000 }),
  };
}
