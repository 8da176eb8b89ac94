import { existsSync } from 'node:fs';
import type { AnalyticsStore, ClickHouseServer } from '@isotherm/analytics';
import { type Catalogue, loadCatalogue } from '@isotherm/catalogue';
import type { CheckpointStore } from '@isotherm/checkpoint';
import type { ResultPublisher, Shard } from '@isotherm/compute';
import { DEFAULT_RESULT_SETTINGS } from '@isotherm/domain';
import type { IngestService, InternalAddress } from '@isotherm/ingest';
import type { Log, LogWriter } from '@isotherm/log';
import { type PlacementSource, partitionOf } from '@isotherm/placement';
import type { IngestTarget, QueryService, StatsSource } from '@isotherm/query';
import { encodeResultSettings } from '@isotherm/records';
import { systemRuntime } from '@isotherm/runtime';
import {
  type Health,
  type ModuleList,
  moduleOf,
  readTenantsFile,
  readTlsDirectory,
  requireSections,
  resolveTenants,
  type ServerTls,
  type ServiceTls,
  startHealth,
  startTelemetry,
  type Telemetry,
  type TenantsOptions,
} from '@isotherm/service-kit';
import { CATALOGUE_PATH, DASHBOARD_PATH, VERSION } from './paths.ts';
import { checkpointTrimOffsets } from './roles/checkpoint-trim-offsets.ts';
import { type CoordinatedPlacement, followCoordinator } from './roles/follow-coordinator.ts';
import { connectLogWriterSocket, serveLogWriterSocket, writerSocketPath } from './roles/log-writer-socket.ts';
import { onceAvailable } from './roles/once-available.ts';
import { openPlacement } from './roles/open-placement.ts';
import { openRoleLog } from './roles/open-role-log.ts';
import { openSharedAnalytics } from './roles/open-shared-analytics.ts';
import type { RoleContext, RoleName } from './roles/role-context.ts';
import type { CoordinatorRole } from './roles/start-coordinator-role.ts';
import { startTrimming } from './roles/start-trimming.ts';

/** Who may call, and how calls are encrypted. */
export interface Access {
  readonly tenants: TenantsOptions;
  readonly tls: ServerTls | undefined;
  /** A second address of ingest, on loopback, for the process that it is part of. Default none. */
  readonly internal?: InternalAddress | undefined;
}

/** What each module is to others. */
export interface Modules {
  readonly telemetry: Telemetry;
  readonly health: Pick<Health, 'address' | 'set'>;
  readonly access: Access;
  /** Certificates for calls between services; undefined for plain text. */
  readonly serviceTls: ServiceTls | undefined;
  /** The log, to append to. */
  readonly logWriter: Log;
  /** The log as others write it. */
  readonly log: Log;
  /** Where the owner of partitions appends ticks. */
  readonly ticks: LogWriter;
  /** The only writer of an embedded log appends for owners in other processes, too. */
  readonly tickSocket: undefined;
  readonly checkpoints: CheckpointStore;
  readonly analytics: AnalyticsStore;
  readonly analyticsServer: ClickHouseServer;
  readonly placement: PlacementSource;
  /** The coordinator of the configuration; undefined where another section says who owns what. */
  readonly coordination: CoordinatedPlacement | undefined;
  /** A shard is known to its coordinator. */
  readonly registration: undefined;
  readonly coordinator: CoordinatorRole;
  readonly catalogue: Catalogue;
  /** Identity of the log. */
  readonly incarnation: string;
  /** Where query sends replays of dead letters; undefined for nowhere. */
  readonly replays: IngestTarget | undefined;
  /** Cities whose observations come from the demo feed. */
  readonly demoCities: ReadonlySet<string>;
  /** Stats of the platform; undefined where the API asks the shards itself. */
  readonly stats: StatsSource | undefined;
  readonly ingest: IngestService;
  readonly compute: Shard;
  readonly query: QueryService;
  /** The owner of partitions drops from the log what neither checkpoints nor sinks need any more, where it can. */
  readonly ownerTrimming: undefined;
  /** Gives results to topics of others; undefined where there are none. */
  readonly publisher: ResultPublisher | undefined;
  /** Observations from topics of others. */
  readonly busIntake: undefined;
  /** The only writer of an embedded log does so, by the checkpoints there are. */
  readonly writerTrimming: undefined;
}

/** Modules that make a role, besides those that they need. */
export const ROLES: Readonly<Record<RoleName, readonly (keyof Modules & string)[]>> = {
  ingest: ['ingest', 'busIntake', 'tickSocket', 'writerTrimming'],
  compute: ['compute', 'registration', 'ownerTrimming'],
  query: ['query'],
  analytics: ['analyticsServer'],
  coordinator: ['coordinator'],
};

/** Sections of the configuration that a role cannot do without. */
export const ROLE_SECTIONS = {
  ingest: ['log'],
  compute: ['log', 'checkpoints', 'analytics', 'placement'],
  query: ['log', 'analytics', 'placement'],
  analytics: ['analyticsServer'],
  coordinator: ['checkpoints'],
} as const satisfies Record<RoleName, readonly string[]>;

const module = moduleOf<Modules>();

/**
 * All modules of the roles. Code is loaded when a module starts, so that a role loads its own alone. `isotherm start`
 * runs the same on threads of one process: see start/platform-modules.ts.
 */
export function roleModules(context: RoleContext): ModuleList<Modules> {
  const { role, name, config, logger, failed } = context;
  const listen = { host: context.host, port: context.port };
  /** What results depend on: a log is made with them, and has to have them. */
  return {
    telemetry: module([], async () => {
      const telemetry = await startTelemetry({
        service: `isotherm-${role}`,
        version: VERSION,
        otlpEndpoint: config.otlpEndpoint || undefined,
      });
      return { value: telemetry, close: () => telemetry.shutdown() };
    }),
    health: module(['telemetry'], async ({ telemetry }) => {
      const at = { host: context.host, port: context.metricsPort };
      const health = await startHealth(() => telemetry.exposition(), at);
      context.lifecycle.onMove((state) => {
        if (state === 'failed') health.fail('It cannot go on; its log says why.');
        else health.set(role, state === 'ready' ? undefined : `It is ${state}.`);
      });
      health.set(role, 'It is starting.');
      return { value: health, close: () => health.close() };
    }),
    access: module([], () => {
      const { tenants, tls } = config;
      return {
        value: {
          tenants: tenants === undefined ? {} : readTenantsFile(tenants.file),
          tls: tls === undefined ? undefined : readTlsDirectory(tls.directory),
        },
      };
    }),
    logWriter: module(['health'], async ({ health }) => {
      const settings = encodeResultSettings({ ...DEFAULT_RESULT_SETTINGS, ...context.settings });
      const open = () => openRoleLog(context, { mode: 'writer', settings, onFenced: failed });
      const { log, close } = await onceAvailable('log', open, { ...context, health });
      return { value: log, close };
    }),
    log: module(['health'], async ({ health }) => {
      const open = () => openRoleLog(context, { mode: 'reader' });
      const { log, close } = await onceAvailable('log', open, { ...context, health });
      return { value: log, close };
    }),
    ticks: module(['log'], ({ log }) => {
      const embedded = config.log?.embedded;
      return { value: embedded === undefined ? log : connectLogWriterSocket(writerSocketPath(embedded.directory)) };
    }),
    tickSocket: module(['logWriter'], async ({ logWriter }) => {
      const embedded = config.log?.embedded;
      if (embedded === undefined) return { value: undefined };
      const socket = await serveLogWriterSocket(writerSocketPath(embedded.directory), logWriter);
      return { value: undefined, close: () => socket.close() };
    }),
    checkpoints: module([], async () => {
      const { openCheckpoints } = await import('@isotherm/checkpoint');
      const checkpoints = await openCheckpoints(requireSections(config, role, ['checkpoints']).checkpoints);
      return { value: checkpoints, close: () => checkpoints.close() };
    }),
    analytics: module([], async () => {
      const store = await openSharedAnalytics({ ...context, config: requireSections(config, role, ['analytics']) });
      return { value: store, close: () => store.close() };
    }),
    analyticsServer: module(['health'], async () => {
      const { startConfiguredServer } = await import('@isotherm/analytics');
      const server = await startConfiguredServer(requireSections(config, role, ['analyticsServer']).analyticsServer, {
        host: context.host,
        httpPort: context.port,
      });
      void server.ended.then((error) => error && failed(error));
      return { value: server, close: () => server.close() };
    }),
    coordination: module([], () => {
      const address = config.placement?.coordinator;
      if (address === undefined) return { value: undefined };
      const followed = followCoordinator(address, context);
      if (role === 'query') followed.join({ role: 'query', address: '', controlAddress: '' });
      return { value: followed, close: () => followed.close() };
    }),
    placement: module(['coordination'], async ({ coordination }) => {
      if (coordination !== undefined) return { value: coordination.source };
      const { source, close } = await openPlacement(requireSections(config, role, ['placement']), { logger });
      return { value: source, close };
    }),
    catalogue: module([], async () => ({ value: await loadCatalogue({ path: CATALOGUE_PATH }) })),
    incarnation: module(['log'], ({ log }) => ({ value: log.incarnation })),
    serviceTls: module([], () => ({ value: config.tls && readTlsDirectory(config.tls.directory) })),
    replays: module(['serviceTls'], ({ serviceTls }) => {
      const [address] = config.ingests;
      const tls = serviceTls && { ...serviceTls, authority: serviceTls.clientAuthority };
      return { value: address === undefined ? undefined : { address, ...(tls && { tls }) } };
    }),
    demoCities: module([], () => ({ value: new Set<string>() })),
    stats: module([], () => ({ value: undefined })),
    ingest: module(['logWriter', 'access'], async ({ logWriter, access: { tenants, tls, internal } }) => {
      const { startIngest } = await import('@isotherm/ingest');
      const ingest = await startIngest({
        ...listen,
        log: logWriter,
        logger,
        settings: context.settings,
        tenants,
        ...(tls !== undefined && { tls }),
        ...(internal !== undefined && { internal }),
        onFailed: failed,
      });
      return { value: ingest, close: () => ingest.close() };
    }),
    busIntake: module(['ingest'], async ({ ingest }) => {
      const { bus } = config;
      if (bus === undefined || bus.observations.length === 0) return { value: undefined };
      const { startBusIntake } = await import('@isotherm/bus');
      const intake = startBusIntake(
        { logger, take: (batch) => ingest.take({ ...batch, tenant: 'bus' }) },
        {
          kafka: bus,
          groupId: bus.groupId,
          schemaRegistryUrl: bus.schemaRegistryUrl,
          topics: bus.observations.map(({ topic, format }) => ({ name: topic, format })),
        },
      );
      return { value: undefined, close: () => intake.close() };
    }),
    publisher: module([], async () => {
      const { bus } = config;
      if (bus === undefined || Object.values(bus.publish).every((topic) => topic === '')) return { value: undefined };
      const { createBusProducer, createBusPublisher, createSchemaRegistry } = await import('@isotherm/bus');
      const producer = createBusProducer(bus);
      const registry = bus.schemaRegistryUrl === '' ? undefined : createSchemaRegistry(bus.schemaRegistryUrl);
      return { value: createBusPublisher({ producer, registry }, bus.publish), close: () => producer.close() };
    }),
    compute: module(
      ['log', 'ticks', 'checkpoints', 'publisher', 'analytics', 'placement', 'serviceTls', 'health'],
      async ({ log, ticks, checkpoints, publisher, analytics, placement, serviceTls, health }) => {
        const { startShard } = await import('@isotherm/compute');
        const shard = await startShard(
          {
            name,
            placement,
            log,
            ticks,
            checkpoints,
            analytics,
            publisher,
            logger,
            runtime: systemRuntime,
            failed,
            restored(done, total) {
              health.set('state', `It restores its state: ${done} of ${total} partitions.`);
              context.restored?.(done, total);
            },
          },
          {
            ...listen,
            tls: serviceTls,
            ...(config.placement?.coordinator !== undefined && { controlPort: context.controlPort ?? 0 }),
            storeRaw: config.analytics?.storeRaw ?? true,
            checkpointIntervalMs: (config.checkpoints?.intervalSeconds ?? 10) * 1000,
          },
        );
        health.set('state');
        return { value: shard, close: () => shard.close() };
      },
    ),
    registration: module(['compute', 'coordination'], async ({ compute, coordination }) => {
      if (coordination === undefined) return { value: undefined };
      const { startRegistration } = await import('./roles/start-registration.ts');
      const registration = startRegistration(compute, coordination, context);
      return { value: undefined, close: () => registration.close() };
    }),
    coordinator: module(['health'], async ({ health }) => {
      const { startCoordinatorRole } = await import('./roles/start-coordinator-role.ts');
      const running = await startCoordinatorRole({ ...context, health });
      return { value: running, close: () => running.close() };
    }),
    query: module(
      [
        'incarnation',
        'analytics',
        'placement',
        'catalogue',
        'stats',
        'replays',
        'demoCities',
        'serviceTls',
        'access',
        'health',
      ],
      async ({
        incarnation,
        analytics,
        placement,
        catalogue,
        stats,
        replays,
        demoCities,
        serviceTls,
        access: { tenants, tls },
      }) => {
        const { startQuery } = await import('@isotherm/query');
        const { tokens, tenants: callers } = resolveTenants(tenants);
        const query = await startQuery(
          {
            placement,
            shardTls: serviceTls,
            partitionOf: (cityId: string) => partitionOf(cityId, config.partitions),
            analytics,
            catalogue,
            ...(stats !== undefined && { stats }),
            formula: config.formula,
            isDemo: (cityId: string) => demoCities.has(cityId),
            logger,
            clock: Date.now,
            ...(replays !== undefined && { ingest: replays }),
          },
          {
            ...listen,
            version: VERSION,
            incarnation,
            ...(tls !== undefined && { tls }),
            ...(tokens && { callers }),
            ...(existsSync(DASHBOARD_PATH) ? { dashboardDirectory: DASHBOARD_PATH } : {}),
          },
        );
        return { value: query, close: () => query.close() };
      },
    ),
    ownerTrimming: module(['log', 'compute'], ({ log, compute }) => {
      if (config.log?.embedded !== undefined) return { value: undefined };
      const trimming = startTrimming({ log, trimOffsets: async () => compute.trimOffsets(), logger });
      return { value: undefined, close: () => trimming.stop() };
    }),
    writerTrimming: module(['logWriter'], async ({ logWriter }) => {
      if (config.log?.embedded === undefined) return { value: undefined };
      if (config.checkpoints === undefined) {
        const advice = 'Name `checkpoints` in the configuration of ingest, too.';
        logger.warn({ advice }, 'The log is never trimmed: ingest does not know the checkpoints');
        return { value: undefined };
      }
      const { openCheckpoints } = await import('@isotherm/checkpoint');
      const checkpoints = await openCheckpoints(config.checkpoints);
      const trimOffsets = checkpointTrimOffsets(checkpoints, config.partitions);
      const trimming = startTrimming({ log: logWriter, trimOffsets, logger });
      const close = async () => {
        trimming.stop();
        await checkpoints.close();
      };
      return { value: undefined, close };
    }),
  };
}
