import type { MessagePort } from 'node:worker_threads';
import { workerData } from 'node:worker_threads';
import { DEFAULT_RESULT_SETTINGS } from '@isotherm/domain';
import { type IngestStats, type InternalAddress, type ListenAddress, startIngest } from '@isotherm/ingest';
import { allPartitions, type ClockStep, openLmdbLog } from '@isotherm/log';
import { encodeResultSettings, type ResultSettings } from '@isotherm/records';
import {
  createLogger,
  IsothermError,
  type IsothermErrorOptions,
  type LogLevel,
  type ServerTls,
  serveWorker,
  startTelemetry,
  type TenantsOptions,
} from '@isotherm/service-kit';
import { serveLogWriter } from './log-writer-port.ts';
import { markPhases } from './mark-phases.ts';
import { refusableLog } from './refusable-log.ts';

/** What the ingest thread is given. */
export interface IngestThreadData {
  readonly host: string;
  readonly port: number;
  /** Undefined: plain text. */
  readonly tls: ServerTls | undefined;
  /** Where this process calls it; undefined where that is the same. */
  readonly internal: InternalAddress | undefined;
  readonly logPath: string;
  readonly partitionCount: number;
  /** Whether an earlier thread of this process wrote to the log and has ended without closing it. */
  readonly takeOver: boolean;
  readonly flushState: SharedArrayBuffer;
  readonly maxLogBytes: number;
  /** Bytes that stay free on the log's disk. */
  readonly diskReserveBytes: number;
  /** What results depend on where the log is new, and what an existing one has to say; the rest are defaults. */
  readonly settings: Partial<ResultSettings>;
  /** Who may call, and how much they may send; tokens as their SHA-256. */
  readonly tenants: TenantsOptions;
  readonly logLevel: LogLevel;
  readonly version: string;
  readonly otlpEndpoint: string | undefined;
  /** Where phases are marked for crash tests; undefined for nowhere. */
  readonly phaseLog: string | undefined;
}

/** What is durable and when it was looked at. */
export interface IngestReport {
  readonly stats: IngestStats;
  readonly incarnation: string;
  /** Accepted observations in the log since it began. */
  readonly observationsAcked: number;
  readonly logBytes: number;
}

/** Calls of the ingest thread. */
export type IngestCalls = {
  /** Where it listens, host:port. */
  addresses: { argument: undefined; result: { readonly address: string; readonly internalAddress: string } };
  pulse: { argument: undefined; result: IngestReport };
  trim: { argument: ReadonlyMap<number, number>; result: undefined };
  /** Appends the ticks that come in through this port from now on. */
  serveTicks: { argument: MessagePort; result: undefined };
  /** Makes ingest refuse everything with this error, or take it again. */
  refuse: { argument: IsothermErrorOptions | undefined; result: undefined };
  exposition: { argument: undefined; result: string };
  drain: { argument: undefined; result: undefined };
  close: { argument: undefined; result: undefined };
};

serveWorker<IngestCalls>(async (host) => {
  const data = workerData as IngestThreadData;
  const telemetry = await startTelemetry({
    service: 'isotherm-ingest',
    version: data.version,
    otlpEndpoint: data.otlpEndpoint,
  });
  const logger = createLogger({ service: 'ingest', level: data.logLevel });
  const log = await openLmdbLog({
    path: data.logPath,
    partitionCount: data.partitionCount,
    mode: 'writer',
    takeOver: data.takeOver,
    flushState: data.flushState,
    settings: encodeResultSettings({ ...DEFAULT_RESULT_SETTINGS, ...data.settings }),
    maxBytes: data.maxLogBytes,
    diskReserveBytes: data.diskReserveBytes,
    onFenced: (error: unknown) => host.failed(error),
    onClockStep: ({ kind, aheadMs }) => logger.warn({ kind, aheadMs, advice: CLOCK_ADVICE[kind] }, 'Clock is uneven'),
  });
  const refusable = refusableLog(log);
  const ingest = await startIngest({
    log: markPhases(refusable.log, { append: 'append' }, data.phaseLog),
    logger,
    host: data.host,
    port: data.port,
    settings: data.settings,
    tenants: data.tenants,
    ...(data.tls !== undefined && { tls: data.tls }),
    ...(data.internal !== undefined && { internal: data.internal }),
    onFailed: (error) => host.failed(error),
  });
  return {
    addresses: () => ({ address: textOf(ingest.address), internalAddress: textOf(ingest.internalAddress) }),
    async pulse(): Promise<IngestReport> {
      const extents = await log.extents(allPartitions(log.partitionCount));
      return {
        stats: ingest.stats(),
        incarnation: log.incarnation,
        observationsAcked: [...extents.values()].reduce((sum, extent) => sum + (extent.weight ?? 0), 0),
        logBytes: await log.sizeBytes(),
      };
    },
    serveTicks: (port) => void serveLogWriter(port, refusable.log),
    trim: async (keepFrom) => void (await log.trim(keepFrom)),
    refuse: (error) => void refusable.refuse(error === undefined ? undefined : new IsothermError(error)),
    exposition: () => telemetry.exposition(),
    drain: async () => void (await ingest.drain()),
    async close() {
      await ingest.close();
      await log.close();
      await telemetry.shutdown();
      return undefined;
    },
  };
});

function textOf({ host, port }: ListenAddress): string {
  return `${host}:${port}`;
}

const CLOCK_ADVICE: Readonly<Record<ClockStep['kind'], string>> = {
  heldBack: "The clock jumped ahead: stamps of the log go on without it for now. Check this machine's time service.",
  followed: 'The clock stayed there, as after sleep: stamps of the log follow it.',
  returned: 'The clock came back: stamps of the log never left it.',
  setBack:
    "Stamps in the log are ahead of the clock: new ones follow the clock, and log time stands until it has caught up. Check this machine's time service.",
};
