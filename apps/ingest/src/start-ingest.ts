import type { Log } from '@isotherm/log';
import type { ResultSettings } from '@isotherm/records';
import { type Runtime, systemRuntime } from '@isotherm/runtime';
import type { Logger, ServerTls, TenantsOptions } from '@isotherm/service-kit';
import { createIngestEngine } from './ingest-engine.ts';
import type { IngestLimits } from './ingest-options.ts';
import type { IngestStats } from './ingest-stats.ts';
import { type IngestServer, startIngestServer } from './rpc/ingest-server.ts';
import { createTake, type OwnBatch } from './take-batch.ts';

/** Options of {@link startIngest}. */
export interface IngestOptions {
  /** Where observations go. Stays open when ingest closes. */
  readonly log: Log;
  readonly logger: Logger;
  /** Address to listen on. Default 127.0.0.1. */
  readonly host?: string;
  /** 0 for any free one. Default 50051. */
  readonly port?: number;
  /** Clock and timers. Default the system's. */
  readonly runtime?: Runtime;
  readonly limits?: Partial<IngestLimits>;
  /** Who may call, and how much they may send. Default everybody, as much as there is room for. */
  readonly tenants?: TenantsOptions;
  /** What results are expected to depend on: the log's settings have to say the same. Default whatever they say. */
  readonly settings?: Partial<ResultSettings>;
  /** Default none: plain text. */
  readonly tls?: ServerTls;
  /** A second address, on loopback, for the calls of the process that ingest is part of. Default none. */
  readonly internal?: InternalAddress;
  /** Called once when the log takes nothing more: the process is expected to exit. Default nothing. */
  readonly onFailed?: (error: unknown) => void;
}

/** Where the process that ingest is part of calls it. */
export interface InternalAddress {
  /** 0 for any free one. */
  readonly port: number;
  /** What both sides show each other. */
  readonly tls: ServerTls;
}

/** Where something listens. */
export interface ListenAddress {
  readonly host: string;
  readonly port: number;
}

/** Ingest, listening. */
export interface IngestService extends AsyncDisposable {
  readonly address: ListenAddress;
  /** The second address; the first one where there is no other. */
  readonly internalAddress: ListenAddress;
  stats(): IngestStats;
  /** Takes a batch of this process; resolves when it is durable. @throws IsothermError where it is refused, or not kept */
  take(batch: OwnBatch): Promise<void>;
  /** Takes nothing more; resolves when everything taken is durable and answered. Idempotent. */
  drain(): Promise<void>;
  /** Drains, then releases everything. Idempotent. */
  close(): Promise<void>;
}

/** By name, as its certificate has it. */
const INTERNAL_HOST = 'localhost';

/** How long clients get to read their last answers, in ms. */
const CLOSE_GRACE_MS = 2_000;

/** Starts ingest over a log. @throws IsothermError if it cannot listen, or the log was made with other settings. */
export async function startIngest(options: IngestOptions): Promise<IngestService> {
  const { log, logger, host = '127.0.0.1', port = 50_051, runtime = systemRuntime } = options;
  let server: IngestServer | undefined;
  const engine = createIngestEngine(
    {
      log,
      logger,
      runtime,
      onFenced(error) {
        server?.fail();
        options.onFailed?.(error);
      },
    },
    {
      ...(options.limits === undefined ? {} : { limits: options.limits }),
      ...(options.tenants === undefined ? {} : { tenants: options.tenants }),
      ...(options.settings === undefined ? {} : { settings: options.settings }),
    },
  );
  const { tls, internal } = options;
  const addresses = [{ host, port, tls }, ...(internal === undefined ? [] : [{ host: INTERNAL_HOST, ...internal }])];
  const listening = await startIngestServer(engine.context, addresses);
  const { ports } = listening;
  server = listening;
  engine.ready();
  let drained: Promise<void> | undefined;
  let closed: Promise<void> | undefined;

  async function drain(): Promise<void> {
    const settled = engine.drain();
    listening.drain();
    await settled;
  }

  async function close(): Promise<void> {
    await service.drain();
    await listening.close(CLOSE_GRACE_MS);
    engine.stop();
  }

  const service: IngestService = {
    address: { host, port: ports[0]! },
    internalAddress: internal === undefined ? { host, port: ports[0]! } : { host: INTERNAL_HOST, port: ports[1]! },
    stats: () => ({ ...engine.stats(), openStreams: listening.streams.open }),
    take: createTake(engine.context),
    drain() {
      drained ??= drain();
      return drained;
    },
    close() {
      closed ??= close();
      return closed;
    },
    [Symbol.asyncDispose]: () => service.close(),
  };
  return service;
}
