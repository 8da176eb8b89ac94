import fc from 'fast-check';

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
/** Requests as people type them. */
export const restRequest: fc.Arbitrary<Uint8Array> = fc
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
/** Calls by Connect, in JSON or not, mostly of a message that the method knows. */
export const connectRequest: fc.Arbitrary<Uint8Array> = fc
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

function enveloped(message: Uint8Array): Buffer {
  const head = Buffer.alloc(5);
  head.writeUInt32BE(message.length, 1);
  return Buffer.concat([head, message]);
}
