import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { create, toBinary } from '@bufbuild/protobuf';
import { createIsothermClient, IsothermClientError } from '@isotherm/client';
import {
  QueryHistoryResponseSchema,
  RankCitiesResponseSchema,
} from '@isotherm/contracts/analytics/v1/analytics_service';
import {
  GetCurrentResponseSchema,
  GetForecastResponseSchema,
  WatchResponseSchema,
} from '@isotherm/contracts/forecast/v1/forecast_service';
import { GetStatusResponseSchema } from '@isotherm/contracts/platform/v1/platform_service';
import { accepted, type FuzzTarget, refused } from '../fuzz-target.ts';

/** Answers of the public API to the client. */
export const clientReadTarget: FuzzTarget = {
  name: 'client-read',
  reads: 'answers of the public API, in the client',
  weight: 1,
  maxBytes: 8192,
  slowMs: 3_000,
  // The length of a message is believed up to a limit.
  allowedBytes: (inputBytes) => 88_000_000 + 4096 * inputBytes,
  async open() {
    let next: { readonly status: number; readonly type: string; readonly body: Uint8Array } | undefined;
    const server = createServer((request, response) => {
      request.resume();
      response.writeHead(next?.status ?? 200, { 'content-type': next?.type ?? 'application/proto' });
      response.end(next?.body);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const apiUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const client = createIsothermClient({ apiUrl, timeoutMs: 2000, retry: { maxElapsedMs: 0 } });
    const first = async <T>(items: AsyncIterable<T>) => {
      for await (const item of items) return item;
      return undefined;
    };
    const reads: readonly (() => Promise<unknown>)[] = [
      () => client.current('berlin'),
      () => client.forecast('berlin'),
      () => first(client.history('berlin')),
      () => client.rank(),
      () => client.status(),
      () => first(client.watch()),
    ];
    const city = {
      cityId: '1',
      name: 'Berlin',
      countryCode: 'DE',
      latitude: 52,
      longitude: 13,
      timeZone: 'Europe/Berlin',
    };
    const answers = [
      toBinary(
        GetCurrentResponseSchema,
        create(GetCurrentResponseSchema, {
          conditions: [
            {
              city,
              temperature: 20,
              observeTime: { seconds: 1n, nanos: 5 },
              age: { seconds: 3n },
              rolling: [{ window: { seconds: 300n }, count: 3n }],
            },
          ],
          unknownCities: ['x'],
        }),
      ),
      toBinary(
        GetForecastResponseSchema,
        create(GetForecastResponseSchema, { city, points: [{ lead: { seconds: 3600n }, temperature: 3 }] }),
      ),
      toBinary(
        QueryHistoryResponseSchema,
        create(QueryHistoryResponseSchema, {
          city,
          points: [{ startTime: { seconds: 60n }, count: 3n, temperature: 3 }],
          nextPageToken: 'abc',
        }),
      ),
      toBinary(RankCitiesResponseSchema, create(RankCitiesResponseSchema, { cities: [{ city, value: 3, count: 2n }] })),
      toBinary(
        GetStatusResponseSchema,
        create(GetStatusResponseSchema, {
          incarnation: 'abc',
          shards: [{ shard: 's0', partitions: [{ partition: 3, endOffset: 9n }] }],
        }),
      ),
      enveloped(
        toBinary(
          WatchResponseSchema,
          create(WatchResponseSchema, {
            live: { citiesAdded: ['a'], cityIndex: [0], observedOffsetMs: [1n], temperatureCenticelsius: [2500] },
          }),
        ),
      ),
    ];
    const failure = Buffer.from(
      '{"code":"resource_exhausted","message":"later","details":[{"type":"google.rpc.RetryInfo","value":"CgIIAQ"}]}',
    );
    // The first byte names the call, the second how the answer is announced.
    return {
      seeds: [
        ...answers.map((bytes, i) => Uint8Array.from([i, 0, ...bytes])),
        ...reads.map((_, i) => Uint8Array.from([i, 1, ...failure])),
      ],
      async run(input) {
        const kind = (input[0] ?? 0) % reads.length;
        const announced = (input[1] ?? 0) % 8;
        const type = kind === 5 ? 'application/connect+proto' : 'application/proto';
        next = {
          status: announced === 1 ? 429 : announced === 2 ? 302 : 200,
          type: announced === 1 ? 'application/json' : announced === 3 ? 'text/html' : type,
          body: input.slice(2),
        };
        try {
          await reads[kind]!();
          return accepted(`call ${kind}`);
        } catch (error) {
          if (error instanceof IsothermClientError) return refused(error.code);
          throw error;
        }
      },
      async close() {
        await client.close();
        server.closeAllConnections();
        await new Promise((resolve) => server.close(resolve));
      },
    };
  },
};

function enveloped(message: Uint8Array): Uint8Array {
  const head = Buffer.alloc(5);
  head.writeUInt32BE(message.length, 1);
  return Buffer.concat([head, message, Buffer.from([2, 0, 0, 0, 2]), Buffer.from('{}')]);
}
