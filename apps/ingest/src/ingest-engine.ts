import { DEFAULT_RESULT_SETTINGS } from '@isotherm/domain';
import { allPartitions, firstFailure, type Log } from '@isotherm/log';
import { encodeSettings, type ResultSettings } from '@isotherm/records';
import type { Runtime } from '@isotherm/runtime';
import { createLifecycle, type Logger, resolveTenants, type TenantsOptions } from '@isotherm/service-kit';
import { createAdmission } from './admission/admission.ts';
import { createCityRegistry } from './cities/city-registry.ts';
import { type CommittedGroup, PENDING_BYTES_A_ROW } from './commit/group-committer.ts';
import { createIdleTicker, type IdleTicker } from './idle-ticker.ts';
import { type IngestLimits, resolveIngestLimits } from './ingest-options.ts';
import { createIngestPipeline } from './ingest-pipeline.ts';
import { createIngestCounters, type IngestStats } from './ingest-stats.ts';
import { createIngestTelemetry } from './ingest-telemetry.ts';
import { createReplayAppender, type ReplayAppend } from './replay/replay-appender.ts';
import type { CallContext } from './rpc/call-context.ts';
import { readObservationRules } from './rules/observation-rules.ts';

/** What the engine stands on. */
export interface IngestEngineDeps {
  readonly log: Log;
  readonly logger: Logger;
  readonly runtime: Runtime;
  /** Called once when the log takes nothing more. */
  readonly onFenced: (error: unknown) => void;
}

/** Options of {@link startIngestEngine}. */
export interface IngestEngineOptions {
  readonly limits?: Partial<IngestLimits>;
  /** Who may send, and how much. Default everybody, as much as there is room for. */
  readonly tenants?: TenantsOptions;
  /** What results depend on, written into a log that is new. */
  readonly settings?: Partial<ResultSettings>;
}

/** Ingest without a network: what calls are handled with, and the ticks of idle partitions. */
export interface IngestEngine {
  /** What handlers of calls work with. */
  readonly context: CallContext;
  stats(): Omit<IngestStats, 'openStreams'>;
  /** It takes calls from now on. */
  ready(): void;
  /** Takes nothing more; resolves when everything taken is durable and answered. */
  drain(): Promise<void>;
  /** Ends the ticks. Call it after {@link IngestEngine.drain}. */
  stop(): void;
}

const TICK_EVERY_MS = 1_000;

/** Makes ingest out of a log. @throws IsothermError if the log takes nothing. */
export async function startIngestEngine(deps: IngestEngineDeps, options: IngestEngineOptions): Promise<IngestEngine> {
  const { log, logger, runtime, onFenced } = deps;
  const limits = resolveIngestLimits(options.limits);
  const tenants = resolveTenants(options.tenants ?? {}, limits.maxPendingBytes);
  const rules = readObservationRules();
  const lifecycle = createLifecycle('ingest', logger);
  const nextStamp = createStamps(runtime);
  const recent = await prepareLog(log, { ...DEFAULT_RESULT_SETTINGS, ...options.settings }, nextStamp);
  const registry = createCityRegistry({
    partitionCount: log.partitionCount,
    maxCities: limits.maxCities,
    maxCitiesOf: (tenant) => admission.limitsOf(tenant).maxCities,
  });
  const counters = createIngestCounters();
  const telemetry = createIngestTelemetry({
    pendingBytes: () => pipeline.pendingBytes,
    cities: () => registry.size,
    tenants: () => admission.tenants.map((tenant) => ({ ...tenant, cities: registry.countOf(tenant.name) })),
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
    } else if (!failedForGood(outcome.error)) {
      logger.warn(
        { err: outcome.error, batches: staged.batches.length },
        'A group was not appended; its producers were told',
      );
    }
  }

  function onReplay(outcome: ReplayAppend): void {
    if (outcome.kind === 'durable') {
      for (const partition of outcome.partitions) ticker.appended(partition, outcome.stampMs);
    } else if (!failedForGood(outcome.error)) {
      logger.warn({ err: outcome.error }, 'A replay was not appended; its sender was told');
    }
  }

  /** Whether the log takes nothing more, which is told once. */
  function failedForGood(error: unknown): boolean {
    if (!isFenced(error) || lifecycle.state === 'failed') return false;
    logger.error({ err: error }, 'The log takes nothing more; restart once the disk is in order');
    if (lifecycle.state !== 'stopped') lifecycle.moveTo('failed', 'LOG_FENCED');
    onFenced(error);
    return true;
  }

  const pipeline = createIngestPipeline(
    { log, logger, runtime, registry, telemetry },
    { limits, rules, counters, nextStamp, onGroup },
  );
  const replays = createReplayAppender(
    { log, registry },
    { limits, rules, nextStamp, otherPendingBytes: () => pipeline.pendingBytes, onAppend: onReplay },
  );
  const admission = createAdmission(
    { runtime, pendingBytes: () => pipeline.pendingBytes, onRefused: () => (counters.refusedBatches += 1) },
    { tenants, maxPendingBytes: limits.maxPendingBytes, pendingBytesARow: PENDING_BYTES_A_ROW },
  );
  const ticks = runtime.every(TICK_EVERY_MS, () => void ticker.tick());
  return {
    context: { log, logger, runtime, admission, pipeline, replays, registry, rules, limits, telemetry },
    stats: () => ({
      ...counters,
      state: lifecycle.state,
      cities: registry.size,
      pendingBytes: pipeline.pendingBytes,
    }),
    ready: () => lifecycle.moveTo('ready'),
    drain() {
      if (lifecycle.state === 'ready') lifecycle.moveTo('draining');
      return Promise.all([pipeline.drain(), replays.drain()]).then(() => undefined);
    },
    stop() {
      ticks.cancel();
      if (lifecycle.state === 'draining') lifecycle.moveTo('stopped');
    },
  };
}

/** Stamps never run backwards, whatever the clock does. */
function createStamps(runtime: Runtime): () => number {
  let lastMs = 0;
  return () => {
    lastMs = Math.max(lastMs, runtime.now());
    return lastMs;
  };
}

/** Makes settings the first record of every partition of a new log. @returns the partitions that have had observations. */
async function prepareLog(log: Log, settings: ResultSettings, nextStamp: () => number): Promise<number[]> {
  const extents = await log.extents(allPartitions(log.partitionCount));
  const bytes = encodeSettings({ stampMs: nextStamp(), settings });
  const empty = [...extents.keys()].filter((partition) => extents.get(partition)!.end === 0);
  const failure = firstFailure(await log.append(empty.map((partition) => ({ partition, bytes }))));
  if (failure !== undefined) throw failure;
  return [...extents.keys()].filter((partition) => {
    const { end, weight } = extents.get(partition)!;
    return end > 1 && weight !== 0;
  });
}

function isFenced(error: unknown): boolean {
  return error instanceof Error && 'id' in error && error.id === 'LOG_FENCED';
}
