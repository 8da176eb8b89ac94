import type { Log } from '@isotherm/log';
import { encodeSettings, type ResultSettings } from '@isotherm/records';
import { createLifecycle, type Logger } from '@isotherm/service-kit';
import { createCityRegistry } from './cities/city-registry.ts';
import type { CommittedGroup } from './commit/group-committer.ts';
import { createIdleTicker, type IdleTicker } from './idle-ticker.ts';
import { type IngestClock, type IngestLimits, resolveIngestLimits, resolveResultSettings } from './ingest-options.ts';
import { createIngestPipeline } from './ingest-pipeline.ts';
import { createIngestCounters, type IngestStats } from './ingest-stats.ts';
import { createIngestTelemetry } from './ingest-telemetry.ts';
import { type IngestTls, startIngestServer } from './rpc/ingest-server.ts';
import { readObservationRules } from './rules/observation-rules.ts';

/** Options of {@link startIngest}. */
export interface IngestOptions {
  /** Where observations go. Stays open when ingest closes. */
  readonly log: Log;
  readonly logger: Logger;
  /** Address to listen on. Default 127.0.0.1. */
  readonly host?: string;
  /** 0 for any free one. Default 50051. */
  readonly port?: number;
  /** Default the system's. */
  readonly clock?: IngestClock;
  readonly limits?: Partial<IngestLimits>;
  /** What results depend on, written into a log that is new. */
  readonly settings?: Partial<ResultSettings>;
  /** Default none: plain text. */
  readonly tls?: IngestTls;
  /** Called once when the log takes nothing more: the process is expected to exit. Default nothing. */
  readonly onFailed?: (error: unknown) => void;
}

/** Ingest, listening. */
export interface IngestService extends AsyncDisposable {
  readonly address: { readonly host: string; readonly port: number };
  stats(): IngestStats;
  /** Takes nothing more; resolves when everything taken is durable and answered. Idempotent. */
  drain(): Promise<void>;
  /** Drains, then releases everything. Idempotent. */
  close(): Promise<void>;
}

/** How long clients get to read their last answers, in ms. */
const CLOSE_GRACE_MS = 2_000;

const TICK_EVERY_MS = 1_000;

/** Starts ingest over a log. @throws IsothermError if it cannot listen, or the log takes nothing. */
export async function startIngest(options: IngestOptions): Promise<IngestService> {
  const { log, logger, host = '127.0.0.1', port = 50_051, clock = { now: () => Date.now() } } = options;
  const limits = resolveIngestLimits(options.limits);
  const rules = readObservationRules();
  const lifecycle = createLifecycle('ingest', logger);
  const nextStamp = createStamps(clock);
  const recent = await prepareLog(log, resolveResultSettings(options.settings), nextStamp);
  const registry = createCityRegistry(log.partitionCount, limits.maxCities);
  const counters = createIngestCounters();
  const telemetry = createIngestTelemetry({
    pendingBytes: () => pipeline.pendingBytes,
    cities: () => registry.size,
  });
  const ticker: IdleTicker = createIdleTicker(
    { log, logger, nextStamp },
    { recent, onTicks: (count) => (counters.ticks += count) },
  );

  function onGroup(group: CommittedGroup): void {
    telemetry.groupSettled(group);
    const { staged, outcome } = group;
    if (outcome.kind === 'durable') {
      counters.groups += 1;
      for (let slice = 0; slice < staged.slices.count; slice += 1) {
        ticker.appended(staged.slices.partition[slice]!, staged.stampMs);
      }
    } else if (isFenced(outcome.error) && lifecycle.state !== 'failed') {
      logger.error({ err: outcome.error }, 'The log takes nothing more; restart once the disk is in order');
      if (lifecycle.state !== 'stopped') lifecycle.moveTo('failed', 'LOG_FENCED');
      server.fail();
      options.onFailed?.(outcome.error);
    } else {
      logger.warn(
        { err: outcome.error, batches: staged.batches.length },
        'A group was not appended; its producers were told',
      );
    }
  }

  const pipeline = createIngestPipeline(
    { log, logger, clock, registry, telemetry },
    { limits, rules, counters, nextStamp, onGroup },
  );
  const server = await startIngestServer(
    { log, logger, pipeline, registry, rules, limits, telemetry },
    { host, port, tls: options.tls },
  );
  const timer = setInterval(() => void ticker.tick(), TICK_EVERY_MS);
  timer.unref();
  lifecycle.moveTo('ready');
  let drained: Promise<void> | undefined;
  let closed: Promise<void> | undefined;

  async function drain(): Promise<void> {
    if (lifecycle.state === 'ready') lifecycle.moveTo('draining');
    const settled = pipeline.drain();
    server.drain();
    await settled;
  }

  async function close(): Promise<void> {
    await service.drain();
    clearInterval(timer);
    await server.close(CLOSE_GRACE_MS);
    if (lifecycle.state === 'draining') lifecycle.moveTo('stopped');
  }

  const service: IngestService = {
    address: { host, port: server.port },
    stats: () => ({
      ...counters,
      state: lifecycle.state,
      cities: registry.size,
      openStreams: server.streams.open,
      pendingBytes: pipeline.pendingBytes,
    }),
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

/** Stamps never run backwards, whatever the clock does. */
function createStamps(clock: IngestClock): () => number {
  let lastMs = 0;
  return () => {
    lastMs = Math.max(lastMs, clock.now());
    return lastMs;
  };
}

/** Makes settings the first record of every partition of a new log. @returns the partitions that have had observations. */
async function prepareLog(log: Log, settings: ResultSettings, nextStamp: () => number): Promise<number[]> {
  const extents = await log.extents();
  const bytes = encodeSettings({ stampMs: nextStamp(), settings });
  const empty = [...extents.keys()].filter((partition) => extents[partition]!.end === 0);
  if (empty.length > 0) await log.append(empty.map((partition) => ({ partition, bytes })));
  return [...extents.keys()].filter((partition) => {
    const { end, weight } = extents[partition]!;
    return end > 1 && weight !== 0;
  });
}

function isFenced(error: unknown): boolean {
  return error instanceof Error && 'id' in error && error.id === 'LOG_FENCED';
}
