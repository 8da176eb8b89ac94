import { availableParallelism } from 'node:os';
import type { LogLevel, ServerTls, TenantsOptions } from '@isotherm/service-kit';

/** Everything the platform in one process can be told. All fields have defaults: {@link resolveStartOptions}. */
export interface StartOptions {
  /** Interface all ports listen on. Default 127.0.0.1: this machine only. */
  readonly host: string;
  /** Port of gRPC ingest. Default 50051. */
  readonly ingestPort: number;
  /** Port of the public API and the dashboard. Default 8080. */
  readonly apiPort: number;
  /** Port of health and metrics. Default 9464. */
  readonly metricsPort: number;
  /** Where everything is kept. Default .isotherm. */
  readonly dataDirectory: string;
  /** Disk the data directory may take, in bytes. Default 5 GB. */
  readonly diskCapBytes: number;
  /** Free space that ingest leaves on the log's disk, in bytes: below it, it refuses. Default 256 MB; 0 for none. */
  readonly diskReserveBytes: number;
  /** Partitions of the log; fixed when the data directory is made. Default 64. */
  readonly partitions: number;
  /** Compute shards. Default one for every two cores, at most 8. */
  readonly shards: number;
  /** Whether the demo feed sends observations. Default true. */
  readonly feed: boolean;
  /** Cities of the demo feed, the largest first. Default 15,000. */
  readonly feedCities: number;
  /** Hours of the past that the feed sends at the first start. Default 25. */
  readonly feedHistoryHours: number;
  /** Seed of the demo feed's weather. Default 1. */
  readonly feedSeed: number;
  /** Formula of the heat index. Default NWS; fixed when the data directory is made. */
  readonly formula: 'NWS' | 'ROTHFUSZ';
  /** How long a minute can be corrected, in seconds, at most 7,200. Default the log's, a new log's 3,600; fixed when the data directory is made. */
  readonly allowedLatenessSeconds: number | undefined;
  /** Whether every observation is stored, besides minutes. Default true. */
  readonly storeRaw: boolean;
  /** How long raw observations are kept, in hours. Default 2. */
  readonly rawRetentionHours: number;
  /** Time between two checkpoints in seconds. Default 10. */
  readonly checkpointSeconds: number;
  /** Whether `isotherm chaos` of this user may kill workers of it. Default false. */
  readonly chaos: boolean;
  /** Log lines from this level on, on standard error. Default warn. */
  readonly logLevel: LogLevel;
  /** What ingest and API show over TLS, as PEM. Default none: plain text. */
  readonly tls: ServerTls | undefined;
  /** Who may call, and how much they may send. Default everybody, as much as there is room for. */
  readonly tenants: TenantsOptions;
  /** Base URL of an OTLP/HTTP receiver of traces. Default none. */
  readonly otlpEndpoint: string | undefined;
}

/** Fills in the defaults. */
export function resolveStartOptions(options: Partial<StartOptions> = {}): StartOptions {
  return {
    host: '127.0.0.1',
    ingestPort: 50051,
    apiPort: 8080,
    metricsPort: 9464,
    dataDirectory: '.isotherm',
    diskCapBytes: 5e9,
    diskReserveBytes: 256e6,
    partitions: 64,
    shards: Math.min(8, Math.max(1, Math.floor(availableParallelism() / 2))),
    feed: true,
    feedCities: 15_000,
    feedHistoryHours: 25,
    feedSeed: 1,
    formula: 'NWS',
    allowedLatenessSeconds: undefined,
    storeRaw: true,
    rawRetentionHours: 2,
    checkpointSeconds: 10,
    chaos: false,
    logLevel: 'warn',
    tls: undefined,
    tenants: {},
    otlpEndpoint: undefined,
    ...options,
  };
}
