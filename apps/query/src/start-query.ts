import { readFile } from 'node:fs/promises';
import type { ConnectRouter, HandlerContext } from '@connectrpc/connect';
import type { AnalyticsStore } from '@isotherm/analytics';
import type { Catalogue } from '@isotherm/catalogue';
import { AnalyticsService } from '@isotherm/contracts/analytics/v1/analytics_service';
import { CityService } from '@isotherm/contracts/city/v1/city_service';
import { DeadLetterService } from '@isotherm/contracts/deadletter/v1/dead_letter_service';
import { ForecastService } from '@isotherm/contracts/forecast/v1/forecast_service';
import { Health } from '@isotherm/contracts/grpc/health/v1/health';
import { ServerReflection } from '@isotherm/contracts/grpc/reflection/v1/reflection';
import { PlatformService } from '@isotherm/contracts/platform/v1/platform_service';
import type { HeatIndexFormulaName } from '@isotherm/domain';
import type { PlacementSource } from '@isotherm/placement';
import { type Runtime, systemRuntime } from '@isotherm/runtime';
import {
  createLifecycle,
  createRefusalLog,
  type Lifecycle,
  type Logger,
  type ServiceTls,
  toConnectError,
} from '@isotherm/service-kit';
import { CALLER, createApiAccess } from './access/api-access.ts';
import { createSharedReads } from './analytics/shared-reads.ts';
import { type Call, type Clock, serverStopping } from './call.ts';
import { createCityFinder } from './cities/city-finder.ts';
import { createCitySearch } from './cities/city-search.ts';
import { createNearestCities } from './cities/nearest-cities.ts';
import { createDashboardFiles } from './dashboard/dashboard-files.ts';
import { startDeadLetters } from './dead-letters/dead-letters.ts';
import { type IngestTarget, openReplayClient } from './dead-letters/open-replay-client.ts';
import { createHostGuard } from './http/host-guard.ts';
import { createFallback, guardRequests } from './http/http-handler.ts';
import { type Listener, listen } from './http/listener.ts';
import { createLiveHub } from './live/live-hub.ts';
import type { StatsSource } from './platform-stats.ts';
import { type QueryOptions, resolveQueryOptions } from './query-options.ts';
import { createEndpoints } from './rest/endpoints.ts';
import { createRestHandler } from './rest/rest-handler.ts';
import { createCallMetrics } from './rpc/call-metrics.ts';
import { limitCalls, mapErrors, traceCalls, validateRequests } from './rpc/interceptors.ts';
import { createRpcHandler } from './rpc/rpc-handler.ts';
import { createAnalyticsReads, createAnalyticsService } from './services/analytics-service.ts';
import { createCityService } from './services/city-service.ts';
import { createDeadLetterService } from './services/dead-letter-service.ts';
import { createForecastReads } from './services/forecast-reads.ts';
import { createForecastService } from './services/forecast-service.ts';
import { createHealthService } from './services/health-service.ts';
import { createPlatformService, type PlatformDeps } from './services/platform-service.ts';
import { createReflectionService } from './services/reflection-service.ts';
import { pollStats } from './shards/poll-stats.ts';
import { createShardClients } from './shards/shard-clients.ts';
import { createShardRouter } from './shards/shard-router.ts';

/** What {@link startQuery} reads from. */
export interface QueryDeps {
  /** The compute shards, where they answer, and who owns which partition. */
  readonly placement: PlacementSource;
  partitionOf(cityId: string): number;
  /** Certificates for calls to shards. Default plain text. */
  readonly shardTls?: ServiceTls | undefined;
  readonly analytics: AnalyticsStore;
  readonly catalogue: Catalogue;
  /** Default the shards, asked once a second. */
  readonly stats?: StatsSource;
  readonly formula: HeatIndexFormulaName;
  /** Whether a city's observations come from the demo feed. */
  isDemo(cityId: string): boolean;
  readonly logger: Logger;
  readonly clock: Clock;
  /** Where dead letters go back into the log. Default nowhere: they are neither retried nor replayed. */
  readonly ingest?: IngestTarget;
  /** Timers. Default the system's. */
  readonly runtime?: Pick<Runtime, 'sleep'>;
}

/** The public read API and the dashboard. */
export interface QueryService extends AsyncDisposable {
  /** host:port it listens on. */
  readonly address: string;
  readonly lifecycle: Lifecycle;
  /**
   * A shard answers at another address from now on (host:port); undefined: nowhere until it is moved again. Meanwhile
   * reads of its cities fail at once as UNAVAILABLE and watchers are told that they are away.
   *
   * @throws Error if there is no shard of that name.
   */
  moveShard(name: string, address: string | undefined): void;
  /** Says NOT_SERVING to health checks, goes on answering. */
  drain(): void;
  /** Ends streams, lets calls under way finish within `drainMs`, and stops. Idempotent. */
  close(): Promise<void>;
}

/** Longest an analytical query may take, as AnalyticsService promises. */
const ANALYTICAL_LIMIT_MS = 10_000;
const MAX_KEPT_ANSWERS = 256;

/** gRPC clients accept gzip whether they are near or far; below this size it costs more than it saves. */
const COMPRESS_MIN_BYTES = 64 * 1024;

/** Calls that are still under way by then are told that the server stops, before their connections are cut. */
const CUT_SHARE = 0.9;

/** A shard answers a little before its caller gives up, so that its own words arrive. */
const DEADLINE_SHARE = 0.1;
const DEADLINE_MARGIN_MS = 50;

/** Starts the API on one port: gRPC, gRPC-web, Connect and JSON, over HTTP/1.1 and HTTP/2. */
export async function startQuery(deps: QueryDeps, queryOptions: QueryOptions = {}): Promise<QueryService> {
  const options = resolveQueryOptions(queryOptions);
  const { catalogue, clock, logger } = deps;
  const lifecycle = createLifecycle('query', logger);
  const descriptorSet = await readFile(new URL(import.meta.resolve('@isotherm/contracts/descriptor.binpb')));
  const serviceConfig = await readFile(new URL(import.meta.resolve('@isotherm/contracts/service-config.json')));
  const clients = createShardClients(deps.placement, { tls: deps.shardTls });
  const router = createShardRouter({ placement: deps.placement, clients, partitionOf: deps.partitionOf });
  const finder = createCityFinder({ catalogue, router });
  const reads = createForecastReads({ finder, ...deps });
  const shared = createSharedReads(clock, {
    maxAnswers: MAX_KEPT_ANSWERS,
    maxReads: options.maxAnalyticalQueries,
    limitMs: ANALYTICAL_LIMIT_MS,
  });
  const analyticsReads = createAnalyticsReads({ ...deps, finder, router, shared });
  const port = deps.ingest === undefined ? undefined : openReplayClient(deps.ingest);
  const deadLetters = startDeadLetters(
    { ...deps, finder, router, shared, port, runtime: deps.runtime ?? systemRuntime },
    { incarnation: options.incarnation, retryIntervalMs: options.deadLetterRetryMs },
  );
  const search = createCitySearch({ catalogue, finder });
  const nearest = createNearestCities({ catalogue, router });
  const observed = (cityId: string) => catalogue.observeCity(cityId);
  const hub = createLiveHub({ router, logger, observed }, options);
  const polled = deps.stats === undefined ? pollStats({ router, logger, clock }) : undefined;
  const platform: PlatformDeps = {
    ...deps,
    stats: deps.stats ?? polled!,
    router,
    version: options.version,
    incarnation: options.incarnation,
  };

  const callOf = ({ signal, timeoutMs, values }: HandlerContext): Call => {
    const leftMs = timeoutMs() ?? options.timeoutMs;
    return {
      signal,
      deadlineMs: Date.now() + Math.floor(leftMs - Math.min(DEADLINE_MARGIN_MS, leftMs * DEADLINE_SHARE)),
      caller: values.get(CALLER),
    };
  };
  const streamsEnd = new AbortController();
  const services = [
    AnalyticsService,
    CityService,
    DeadLetterService,
    ForecastService,
    PlatformService,
    Health,
    ServerReflection,
  ].map((s) => s.typeName);
  const routes = (to: ConnectRouter) => {
    to.service(ForecastService, createForecastService({ reads, hub, finder, catalogue, callOf }));
    to.service(AnalyticsService, createAnalyticsService(analyticsReads, callOf));
    to.service(CityService, createCityService({ catalogue, search, nearest, callOf }));
    to.service(DeadLetterService, createDeadLetterService(deadLetters, callOf));
    to.service(PlatformService, createPlatformService({ ...platform, callOf, stopping: streamsEnd.signal }));
    to.service(Health, createHealthService(lifecycle, { services, stopping: streamsEnd.signal }));
    to.service(ServerReflection, createReflectionService(descriptorSet, services));
  };
  const access = createApiAccess(options.callers, createRefusalLog(logger));
  const metrics = createCallMetrics(() => hub.watchers);
  const cutOff = new AbortController();
  const rest = createRestHandler(
    {
      endpoints: createEndpoints({
        reads,
        analyticsReads,
        deadLetters: deadLetters.reads,
        search,
        nearest,
        platform,
      }),
      catalogue,
      logger,
      metrics,
      access,
    },
    options,
  );
  const fallback = createFallback({
    rest,
    descriptorSet,
    serviceConfig,
    dashboard: createDashboardFiles(options.dashboardDirectory),
  });
  const handler = createRpcHandler({
    routes,
    logger,
    fallback: (request, response) => {
      fallback(request, response).catch((error: unknown) => {
        logger.error({ err: error, url: request.url }, 'Request failed');
        response.destroy();
      });
    },
    access,
    readMaxBytes: options.maxRequestBytes,
    compressMinBytes: COMPRESS_MIN_BYTES,
    shutdownSignal: cutOff.signal,
    interceptors: [metrics.interceptor, traceCalls, mapErrors(logger), limitCalls(options), validateRequests],
  });
  const isForUs = createHostGuard(options);
  let listener: Listener;
  try {
    listener = await listen(guardRequests(handler, { isForUs, logger }), {
      ...options,
      requestTimeoutMs: options.timeoutMs,
    });
  } catch (error) {
    polled?.stop();
    await deadLetters.close();
    clients.close();
    lifecycle.moveTo('failed', 'it cannot listen');
    throw error;
  }
  lifecycle.moveTo('ready');
  const drain = () => {
    if (lifecycle.state === 'ready') lifecycle.moveTo('draining');
  };
  let closing: Promise<void> | undefined;
  const close = () => {
    closing ??= (async () => {
      drain();
      hub.close();
      streamsEnd.abort();
      const late = setTimeout(() => cutOff.abort(toConnectError(serverStopping())), options.drainMs * CUT_SHARE);
      await listener.close(options.drainMs);
      clearTimeout(late);
      polled?.stop();
      await deadLetters.close();
      metrics.remove();
      clients.close();
      lifecycle.moveTo('stopped');
    })();
    return closing;
  };
  const moveShard = (name: string, address: string | undefined) => {
    const client = clients.get(name);
    if (client === undefined) throw new Error(`There is no shard ${name}`);
    client.moveTo(address);
  };
  return { address: listener.address, lifecycle, moveShard, drain, close, [Symbol.asyncDispose]: close };
}
