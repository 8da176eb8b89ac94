import { createHash } from 'node:crypto';
import { connect } from 'node:net';
import {
  cityState,
  createFakeAnalytics,
  decodePageToken,
  encodePageToken,
  historyRow,
  startTestPlatform,
} from '@isotherm/query/internals';
import { IsothermError, type Logger } from '@isotherm/service-kit';
import type { Prng } from '@isotherm/testkit';
import fc from 'fast-check';
import { accepted, type FuzzTarget, type Outcome, refused } from '../fuzz-target.ts';
import { concat, mutateBytes } from '../mutation/mutate-bytes.ts';
import { drawn } from './observation-grammar.ts';

/** How long an answer may be silent before the connection is given up: streams never end by themselves. */
const IDLE_MS = 60;
const LONGEST_MS = 5_000;

const text = (value: string) => Uint8Array.from(Buffer.from(value, 'latin1'));

const cityName = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom('Berlin', '2950159', 'ns/Vancouver', 'Paris, FR', 'Berlln', '') },
  fc.string({ maxLength: 40, unit: 'binary' }),
);
const word = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.constantFrom(
      'fahrenheit',
      'kmh',
      'HOUR',
      'hour',
      'auto',
      '2026-03-01',
      '2026-03-01T12:00:00Z',
      '0',
      '10',
      '-1',
      '1e9',
      'DE',
      'heat_index',
      'Europe/Berlin',
      'asc',
    ),
  },
  fc.string({ maxLength: 24, unit: 'binary' }),
);
const parameter = fc
  .tuple(
    fc.oneof(
      {
        weight: 6,
        arbitrary: fc.constantFrom(
          'units',
          'wind',
          'from',
          'to',
          'resolution',
          'time_zone',
          'page_size',
          'page_token',
          'hours',
          'metric',
          'order',
          'limit',
          'country',
          'q',
          'lat',
          'lon',
        ),
      },
      fc.string({ maxLength: 8 }),
    ),
    word,
  )
  .map(([name, value]) => `${encodeURIComponent(name.toWellFormed())}=${encodeURIComponent(value.toWellFormed())}`);
const path = fc
  .tuple(
    fc.constantFrom(
      '/v1/current/',
      '/v1/forecast/',
      '/v1/history/',
      '/v1/rank',
      '/v1/cities',
      '/v1/status',
      '/v1/',
      '/',
      '/descriptor.binpb',
      '/../v1/current/',
    ),
    cityName,
    fc.array(parameter, { maxLength: 4 }),
  )
  .map(([base, name, parameters]) => {
    const city = base.endsWith('t/') || base.endsWith('y/') ? encodeURIComponent(name.toWellFormed()) : '';
    return `${base}${city}${parameters.length > 0 ? '?' : ''}${parameters.join('&')}`;
  });
const get = fc
  .tuple(
    fc.constantFrom('GET', 'GET', 'GET', 'HEAD', 'POST', 'DELETE'),
    path,
    fc.constantFrom('localhost', '127.0.0.1:1', 'evil.example'),
  )
  .map(([method, url, host]) => text(`${method} ${url} HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`));

const token = fc.record({
  incarnation: fc.constantFrom('0123456789abcdef', '', 'zz', 'f'.repeat(16)),
  partitions: fc.array(fc.oneof(fc.nat({ max: 3 }), fc.nat()), { maxLength: 4 }),
  offsets: fc.array(
    fc.oneof(fc.nat({ max: 50 }).map(String), fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }).map(String)),
    { maxLength: 4 },
  ),
});
const body = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record(
      {
        cities: fc.array(cityName, { maxLength: 3 }),
        readToken: token,
        consistency: fc.constantFrom('CONSISTENCY_EVENTUAL', 'CONSISTENCY_STRONG', 'X', 7),
      },
      { requiredKeys: ['cities'] },
    ),
  },
  {
    weight: 3,
    arbitrary: fc.record(
      {
        city: cityName,
        from: word,
        to: word,
        resolution: fc.constantFrom('RESOLUTION_HOUR', 'RESOLUTION_RAW', 1, 99),
        timeZone: word,
        pageSize: fc.integer(),
        pageToken: word,
        readToken: token,
      },
      { requiredKeys: ['city'] },
    ),
  },
  {
    weight: 1,
    // Connections are closed when nothing comes for a while.
    slowMs: 3_000,
    arbitrary: fc.record(
      {
        metric: fc.oneof(fc.nat({ max: 9 }), word),
        limit: fc.integer(),
        query: cityName,
        latitude: fc.double(),
        longitude: fc.double(),
      },
      { requiredKeys: [] },
    ),
  },
  { weight: 2, arbitrary: fc.jsonValue({ maxDepth: 3 }) },
);
const METHODS = [
  'forecast.v1.ForecastService/GetCurrent',
  'forecast.v1.ForecastService/GetForecast',
  'forecast.v1.ForecastService/Watch',
  'analytics.v1.AnalyticsService/QueryHistory',
  'analytics.v1.AnalyticsService/RankCities',
  'city.v1.CityService/SearchCities',
  'city.v1.CityService/FindNearestCities',
  'city.v1.CityService/ListCities',
  'city.v1.CityService/GetCity',
  'platform.v1.PlatformService/GetStatus',
];
const call = fc
  .tuple(
    fc.constantFrom(...METHODS),
    body,
    fc.constantFrom(
      'application/json',
      'application/json',
      'application/json',
      'application/proto',
      'application/connect+json',
      'application/grpc-web+proto',
      'text/plain',
    ),
  )
  .map(([method, message, contentType]) => {
    const json = Buffer.from(JSON.stringify(message).toWellFormed());
    const sent = contentType.startsWith('application/connect+') ? enveloped(json) : json;
    const head = `POST /isotherm.${method} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nConnect-Protocol-Version: 1\r\nContent-Type: ${contentType}\r\nContent-Length: ${sent.length}\r\n\r\n`;
    return Uint8Array.from(Buffer.concat([Buffer.from(head), sent]));
  });

/** The public API as it stands on its port, over raw connections: whatever comes in, it never fails inside. */
export const apiTarget: FuzzTarget = {
  name: 'api',
  reads: 'requests to the public API: REST, Connect, read tokens',
  weight: 2,
  maxBytes: 16_384,
  allowedBytes: (inputBytes) => 64_000_000 + 4096 * inputBytes,
  async open() {
    let failure: Error | undefined;
    const failed = (fields: unknown, message?: string) => {
      const cause = typeof fields === 'object' && fields !== null && 'err' in fields ? fields.err : undefined;
      failure ??= new Error(`The API logs: ${message ?? String(fields)}: ${String(cause)}`, { cause });
      if (cause instanceof Error && cause.stack !== undefined) failure.stack = cause.stack;
    };
    const logger: Logger = { debug() {}, info() {}, warn() {}, error: failed, child: () => logger as never } as Logger;
    const analytics = createFakeAnalytics();
    analytics.rows = [historyRow(Date.UTC(2026, 5, 30), { temperature: 20 }), historyRow(Date.UTC(2026, 6, 1))];
    analytics.ranking = [{ cityId: '2950159', value: 3, count: 4 }];
    const platform = await startTestPlatform({ analytics, logger, timeoutMs: 500, watchLingerMs: 0 });
    platform.shardA.put(cityState('2950159', { temperatureCelsius: 21.376 }), cityState('ns/Vancouver'));
    const port = Number(new URL(platform.url).port);
    return {
      seeds: [...drawn(get, 20), ...drawn(call, 30)],
      grammar: fc.oneof(get, call),
      mutate: mutateRequest,
      async run(input) {
        const answer = await exchange(port, input);
        const thrown = failure;
        failure = undefined;
        if (thrown !== undefined) throw thrown;
        return outcomeOf(answer);
      },
      close: async () => platform[Symbol.asyncDispose](),
    };
  },
};

/** Changes the body and says its new length, or the URL where there is no body. */
function mutateRequest(bytes: Uint8Array, random: Prng): Uint8Array {
  const request = Buffer.from(bytes);
  const end = request.indexOf('\r\n\r\n') + 4;
  const material = { corpus: [bytes], words: [], maxBytes: 4096 };
  const head = request.subarray(0, end).toString('latin1');
  if (end < 4) return bytes;
  if (end < request.length) {
    const sent = mutateBytes(request.subarray(end), random, material);
    return concat(text(head.replace(/Content-Length: \d+/, `Content-Length: ${sent.length}`)), sent);
  }
  const [method = '', url = '', ...rest] = head.split(' ');
  const changed = mutateBytes(text(url), random, material).map((byte) => (byte > 0x20 && byte < 0x7f ? byte : 0x25));
  return text([method, Buffer.from(changed).toString('latin1'), ...rest].join(' '));
}

function outcomeOf(answer: string): Outcome {
  const status = Number(/^HTTP\/1\.1 (\d{3})/.exec(answer)?.[1] ?? Number.NaN);
  if (Number.isNaN(status)) return refused(answer === '' ? 'closed without an answer' : 'no HTTP/1.1');
  const id = /"id": ?"([A-Z_]+)"|"reason": ?"([A-Z_]+)"/.exec(answer);
  const name = `${status} ${id?.[1] ?? id?.[2] ?? ''}`.trimEnd();
  if (status === 500) throw new Error(`The API answers ${name}`);
  return status < 300 ? accepted(name) : refused(name);
}

/** Sends bytes on a connection of their own and resolves with what comes back. */
function exchange(port: number, input: Uint8Array): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1');
    let answer = '';
    let idle: NodeJS.Timeout | undefined;
    const longest = setTimeout(() => reject(new Error('The API neither answers nor closes')), LONGEST_MS);
    socket.setNoDelay(true);
    socket.on('connect', () => {
      socket.write(input);
      idle = setTimeout(() => socket.end(), IDLE_MS);
    });
    socket.on('data', (bytes) => {
      answer += bytes.toString('latin1');
      clearTimeout(idle);
      idle = setTimeout(() => socket.destroy(), IDLE_MS);
    });
    socket.on('error', () => socket.destroy());
    socket.on('close', () => {
      clearTimeout(idle);
      clearTimeout(longest);
      resolve(answer);
    });
  });
}

function enveloped(message: Uint8Array): Buffer {
  const head = Buffer.alloc(5);
  head.writeUInt32BE(message.length, 1);
  return Buffer.concat([head, message]);
}

const SCOPE = 'history of Berlin';

/** Page tokens, forged ones with the right check among them. */
export const pageTokenTarget: FuzzTarget = {
  name: 'page-token',
  reads: 'page tokens of the public API',
  weight: 60,
  maxBytes: 512,
  allowedBytes: (inputBytes) => 1_000_000 + 256 * inputBytes,
  open() {
    const forged = fc
      .oneof(
        { weight: 2, arbitrary: fc.json({ maxDepth: 2 }) },
        fc.array(fc.double(), { maxLength: 9 }).map((list) => JSON.stringify(list)),
        fc.string(),
      )
      .map((json) => signed(Buffer.from(json).toString('base64url')));
    return {
      seeds: [
        text(encodePageToken(SCOPE, [1, 2, 3])),
        text(encodePageToken(SCOPE, [])),
        text(encodePageToken('another', [1, 2, 3])),
      ],
      grammar: forged,
      repair(bytes) {
        const body = Buffer.from(bytes).toString('latin1').split('.')[0] ?? '';
        bytes.set(signed(body).subarray(0, bytes.length));
      },
      run(input) {
        try {
          const position = decodePageToken(SCOPE, Buffer.from(input).toString('latin1'), [
            Number.isSafeInteger,
            Number.isSafeInteger,
            Number.isSafeInteger,
          ]);
          if (position.length !== 3 || !position.every(Number.isSafeInteger)) throw new Error(`Position ${position}`);
          return accepted('position');
        } catch (error) {
          if (error instanceof IsothermError && error.id === 'REQUEST_INVALID') return refused(error.id);
          throw error;
        }
      },
    };
  },
};

/** A token with the check that its body asks for. */
function signed(tokenBody: string): Uint8Array {
  const check = createHash('sha256').update(`${SCOPE}\n${tokenBody}`).digest('base64url').slice(0, 8);
  return text(`${tokenBody}.${check}`);
}
