import type { Log } from '@isotherm/log';
import type { ResultSettings } from '@isotherm/records';
import type { Runtime } from '@isotherm/runtime';
import { createLifecycle, type Logger, resolveTenants, type TenantsOptions } from '@isotherm/service-kit';
import { createAdmission } from './admission/admission.ts';
import { createCityRegistry } from './cities/city-registry.ts';
import { createNewestReadings } from './cities/newest-readings.ts';
import { type CommittedGroup, PENDING_BYTES_PER_ROW } from './commit/group-committer.ts';
import { type IngestLimits, resolveIngestLimits } from './ingest-options.ts';
import { createIngestPipeline } from './ingest-pipeline.ts';
import { createIngestCounters, type IngestStats } from './ingest-stats.ts';
import { createIngestTelemetry } from './ingest-telemetry.ts';
import { createLogClock } from './log-clock.ts';
import { latenessOf, requireLogSettings } from './log-settings.ts';
import { createReplayAppender } from './replay/replay-appender.ts';
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
  /** What results are expected to depend on: the log's settings have to say the same. Default whatever they say. */
  readonly settings?: Partial<ResultSettings>;
}

/** Ingest without a network: what calls are handled with. */
export interface IngestEngine {
  /** What handlers of calls work with. */
  readonly context: CallContext;
  stats(): Omit<IngestStats, 'openStreams'>;
  /** It takes calls from now on. */
  ready(): void;
  /** Takes nothing more; resolves when everything taken is durable and answered. */
  drain(): Promise<void>;
  /** Call it after {@link IngestEngine.drain}. */
  stop(): void;
}

/** Makes ingest out of a log. @throws LOG_SETTINGS_DIFFER if the log was made with other settings than expected. */
export function createIngestEngine(deps: IngestEngineDeps, options: IngestEngineOptions): IngestEngine {
  const { log, logger, runtime, onFenced } = deps;
  const limits = resolveIngestLimits(options.limits);
  const tenants = resolveTenants(options.tenants ?? {}, limits.maxPendingBytes);
  const rules = readObservationRules();
  const lifecycle = createLifecycle('ingest', logger);
  requireLogSettings(log.settings, options.settings ?? {});
  const clock = createLogClock(runtime);
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

  function onGroup(group: CommittedGroup): void {
    telemetry.groupSettled(group);
    const { staged, outcome } = group;
    if (outcome.kind === 'appended') {
      counters.groups += 1;
      if (outcome.appendMs !== undefined) clock.appended(outcome.appendMs);
    }
    const error = outcome.kind === 'appended' ? outcome.firstFailure : outcome.error;
    if (error !== undefined && !failedForGood(error)) {
      logger.warn(
        { err: error, batches: staged.batches.length },
        'A group was not appended whole; its producers were told',
      );
    }
  }

  function onReplayFailed(error: unknown): void {
    if (!failedForGood(error)) logger.warn({ err: error }, 'A replay was not appended; its sender was told');
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
    { log, logger, runtime, registry, telemetry, newest: createNewestReadings(latenessOf(log.settings)) },
    { limits, rules, counters, clock, onGroup },
  );
  const replays = createReplayAppender(
    { log, registry },
    { limits, rules, clock, otherPendingBytes: () => pipeline.pendingBytes, onFailed: onReplayFailed },
  );
  const admission = createAdmission(
    { runtime, pendingBytes: () => pipeline.pendingBytes, onRefused: () => (counters.refusedBatches += 1) },
    { tenants, maxPendingBytes: limits.maxPendingBytes, pendingBytesPerRow: PENDING_BYTES_PER_ROW },
  );
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
      if (lifecycle.state === 'draining') lifecycle.moveTo('stopped');
    },
  };
}

function isFenced(error: unknown): boolean {
  return error instanceof Error && 'id' in error && error.id === 'LOG_FENCED';
}
