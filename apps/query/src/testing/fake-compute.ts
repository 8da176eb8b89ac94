import { create, type MessageInitShape } from '@bufbuild/protobuf';
import {
  Server,
  ServerCredentials,
  type ServerUnaryCall,
  type ServerWritableStream,
  type sendUnaryData,
} from '@grpc/grpc-js';
import {
  type CityState,
  CityStateSchema,
  ComputeService,
  type GetCitiesRequest,
  type GetCitiesResponse,
  GetCitiesResponseSchema,
  type GetShardStatusResponse,
  GetShardStatusResponseSchema,
  type StoreRowsRequest,
  type StoreRowsResponse,
  StoreRowsResponseSchema,
  type WatchRequest,
  type WatchResponse,
  WatchResponseSchema,
} from '@isotherm/contracts/compute/v1/compute_service';
import { grpcDefinition, toGrpcError } from '@isotherm/service-kit';

type StateInit = MessageInitShape<typeof CityStateSchema>;
type Stream = ServerWritableStream<WatchRequest, WatchResponse>;

/** A compute shard in this process: the real protocol over states that a test puts in. */
export interface FakeCompute {
  readonly name: string;
  readonly address: string;
  /** Requests it has seen. */
  readonly requests: GetCitiesRequest[];
  /** The trace each of them carried. */
  readonly traceparents: string[];
  /** Watches open at the moment. */
  readonly watches: ReadonlySet<Stream>;
  /** Watches opened so far. */
  readonly watchesOpened: number;
  /** Sets states, and tells watchers. */
  put(...states: StateInit[]): void;
  status: MessageInitShape<typeof GetShardStatusResponseSchema>;
  /** What GetCities answers instead, while set. */
  answer: ((request: GetCitiesRequest, deadlineMs: number) => Promise<GetCitiesResponse>) | undefined;
  /** StoreRows it has seen. */
  readonly storeRequests: StoreRowsRequest[];
  /** What StoreRows does, while set. */
  storeAnswer: ((request: StoreRowsRequest) => Promise<void>) | undefined;
  /** GetShardStatus calls so far. */
  readonly statusCalls: number;
  /** Cuts every connection and stops answering; `start` takes the same port again. */
  stop(): Promise<void>;
  start(): Promise<void>;
}

const MISSING = -2147483648;

/** Starts a fake shard on a free port. */
export async function startFakeCompute(name: string): Promise<FakeCompute> {
  const states = new Map<string, CityState>();
  const watches = new Map<Stream, { indices: Map<string, number>; wanted: Set<string> }>();
  let server: Server | undefined;
  let port = 0;
  let watchesOpened = 0;
  let statusCalls = 0;

  function send(stream: Stream, changed: Iterable<CityState>): void {
    const watch = watches.get(stream);
    if (watch === undefined) return;
    const rows = [...changed].filter(({ cityId }) => watch.wanted.size === 0 || watch.wanted.has(cityId));
    const citiesAdded = rows.map(({ cityId }) => cityId).filter((cityId) => !watch.indices.has(cityId));
    for (const cityId of citiesAdded) watch.indices.set(cityId, watch.indices.size);
    const centi = (value: number | undefined) => (value === undefined ? MISSING : Math.round(value * 100));
    const base = rows[0]?.observedUnixMs ?? 0n;
    stream.write(
      create(WatchResponseSchema, {
        live: {
          citiesAdded,
          cityIndex: rows.map(({ cityId }) => watch.indices.get(cityId) ?? 0),
          baseUnixMs: base,
          observedOffsetMs: rows.map(({ observedUnixMs }) => observedUnixMs - base),
          temperatureCenticelsius: rows.map((row) => centi(row.temperatureCelsius)),
          relativeHumidityCentipercent: rows.map((row) => centi(row.relativeHumidityPercent)),
          windSpeedCentimps: rows.map((row) => centi(row.windSpeedMps)),
          heatIndexCenticelsius: rows.map((row) => centi(row.heatIndexCelsius)),
          risks: rows.map(() => 1),
        },
      }),
    );
  }

  const implementation = {
    getCities(
      call: ServerUnaryCall<GetCitiesRequest, GetCitiesResponse>,
      callback: sendUnaryData<GetCitiesResponse>,
    ): void {
      fake.requests.push(call.request);
      fake.traceparents.push(String(call.metadata.get('traceparent')[0] ?? ''));
      const deadline = call.getDeadline();
      const answered =
        fake.answer?.(call.request, deadline instanceof Date ? deadline.getTime() : deadline) ??
        Promise.resolve(
          create(GetCitiesResponseSchema, {
            states: call.request.cityIds.flatMap((cityId) => {
              const state = states.get(cityId);
              if (state === undefined) return [];
              return [
                {
                  ...state,
                  rolling: call.request.includeRolling ? state.rolling : [],
                  forecast: call.request.includeForecast ? state.forecast : [],
                },
              ];
            }),
            unknownCityIds: call.request.cityIds.filter((cityId) => !states.has(cityId)),
          }),
        );
      answered.then(
        (response) => callback(null, response),
        (error: unknown) => callback(toGrpcError(error)),
      );
    },
    getShardStatus(_call: unknown, callback: sendUnaryData<GetShardStatusResponse>): void {
      statusCalls += 1;
      callback(null, create(GetShardStatusResponseSchema, { shard: name, epoch: 1n, ...fake.status }));
    },
    storeRows(
      call: ServerUnaryCall<StoreRowsRequest, StoreRowsResponse>,
      callback: sendUnaryData<StoreRowsResponse>,
    ): void {
      fake.storeRequests.push(call.request);
      (fake.storeAnswer?.(call.request) ?? Promise.resolve()).then(
        () => callback(null, create(StoreRowsResponseSchema)),
        (error: unknown) => callback(toGrpcError(error)),
      );
    },
    watch(stream: Stream): void {
      watchesOpened += 1;
      watches.set(stream, { indices: new Map(), wanted: new Set(stream.request.cityIds) });
      stream.on('cancelled', () => watches.delete(stream));
      stream.on('error', () => watches.delete(stream));
      send(stream, states.values());
    },
  };

  const fake: FakeCompute = {
    name,
    get address() {
      return `127.0.0.1:${port}`;
    },
    requests: [],
    traceparents: [],
    get watches() {
      return new Set(watches.keys());
    },
    get watchesOpened() {
      return watchesOpened;
    },
    get statusCalls() {
      return statusCalls;
    },
    storeRequests: [],
    storeAnswer: undefined,
    status: {},
    answer: undefined,
    put(...inits) {
      const changed = inits.map((init) => create(CityStateSchema, init));
      for (const state of changed) states.set(state.cityId, state);
      for (const stream of watches.keys()) send(stream, changed);
    },
    async start() {
      server = new Server();
      server.addService(grpcDefinition(ComputeService), implementation);
      const started = server;
      port = await new Promise<number>((resolve, reject) => {
        started.bindAsync(`127.0.0.1:${port}`, ServerCredentials.createInsecure(), (error, bound) => {
          if (error === null) resolve(bound);
          else reject(error);
        });
      });
    },
    async stop() {
      server?.forceShutdown();
      server = undefined;
      watches.clear();
    },
  };
  await fake.start();
  return fake;
}
