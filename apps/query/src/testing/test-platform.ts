import type { DescService } from '@bufbuild/protobuf';
import { type Client, createClient, type Transport } from '@connectrpc/connect';
import { createConnectTransport } from '@connectrpc/connect-node';
import type { AnalyticsStore } from '@isotherm/analytics';
import { type Catalogue, loadCatalogue } from '@isotherm/catalogue';
import { createPlacementHolder, type PlacementHolder } from '@isotherm/placement';
import { createLogger, type Logger } from '@isotherm/service-kit';
import { emptyStats, type PlatformStats } from '../platform-stats.ts';
import type { QueryOptions } from '../query-options.ts';
import { type QueryDeps, type QueryService, startQuery } from '../start-query.ts';
import { type FakeCompute, startFakeCompute } from './fake-compute.ts';

/** The time on the test's clock at its start. */
export const NOW_MS = Date.UTC(2026, 6, 1, 12);

/** Ids of the catalogue. */
export const BERLIN = '2950159';
export const PARIS = '2988507';

/** A running API over two fake shards. Cities are on shard-a unless their id begins with `b`. */
export interface TestPlatform extends AsyncDisposable {
  readonly query: QueryService;
  readonly placement: PlacementHolder;
  readonly catalogue: Catalogue;
  readonly shardA: FakeCompute;
  readonly shardB: FakeCompute;
  readonly url: string;
  readonly transport: Transport;
  client<Service extends DescService>(service: Service): Client<Service>;
  beat(stats: Partial<PlatformStats>): void;
  nowMs: number;
}

const CATALOGUE_PATH = new URL('../../../../samples/cities.csv.gz', import.meta.url).pathname;

/** What a test puts in. */
export interface TestPlatformOptions {
  readonly analytics?: Partial<AnalyticsStore>;
  readonly logger?: Logger;
}

const silentLogger = () => createLogger({ service: 'query', level: 'silent' });

/** Starts one; everything listens on free ports of loopback. */
export async function startTestPlatform(
  options: QueryOptions & Pick<QueryDeps, 'ingest'> & TestPlatformOptions = {},
): Promise<TestPlatform> {
  const { analytics = {}, ingest, logger = silentLogger(), ...queryOptions } = options;
  const [catalogue, shardA, shardB] = await Promise.all([
    loadCatalogue({ path: CATALOGUE_PATH }),
    startFakeCompute('shard-a'),
    startFakeCompute('shard-b'),
  ]);
  const listeners = new Set<(stats: PlatformStats) => void>();
  let latest = emptyStats(NOW_MS);
  const platform = { nowMs: NOW_MS };
  const placement = createPlacementHolder({
    epoch: 1,
    partitionCount: 2,
    shards: ['shard-a', 'shard-b'],
    owners: [0, 1],
    endpoints: [shardA, shardB].map(({ address }) => ({ address, controlAddress: '' })),
  });
  const query = await startQuery(
    {
      placement,
      partitionOf: (cityId) => (cityId.startsWith('b') ? 1 : 0),
      analytics: analytics as AnalyticsStore,
      catalogue,
      stats: {
        latest: () => latest,
        subscribe(listener) {
          listeners.add(listener);
          return () => listeners.delete(listener);
        },
      },
      formula: 'NWS',
      isDemo: (cityId) => cityId === PARIS,
      logger,
      clock: () => platform.nowMs,
      ...(ingest !== undefined && { ingest }),
    },
    { port: 0, drainMs: 200, watchLingerMs: 100, version: '1.2.3', incarnation: '0123456789abcdef', ...queryOptions },
  );
  const url = `${options.tls === undefined ? 'http' : 'https'}://${query.address}`;
  const nodeOptions = options.tls === undefined ? {} : { ca: Buffer.from(options.tls.certificate) };
  const transport = createConnectTransport({ baseUrl: url, httpVersion: '1.1', nodeOptions });
  return {
    query,
    placement,
    catalogue,
    shardA,
    shardB,
    url,
    transport,
    get nowMs() {
      return platform.nowMs;
    },
    set nowMs(ms) {
      platform.nowMs = ms;
    },
    client: (service) => createClient(service, transport),
    beat(stats) {
      latest = { ...latest, ...stats };
      for (const listener of listeners) listener(latest);
    },
    async [Symbol.asyncDispose]() {
      await query.close();
      await Promise.all([shardA.stop(), shardB.stop()]);
    },
  };
}
