import { DeadLetterReason } from '@isotherm/contracts/deadletter/v1/dead_letter_service';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { cityState } from '../testing/city-state.ts';
import { createFakeAnalytics } from '../testing/fake-analytics.ts';
import { createFakeDeadLetters, lateLetter } from '../testing/fake-dead-letters.ts';
import { BERLIN, startTestPlatform } from '../testing/test-platform.ts';

const analytics = Object.assign(createFakeDeadLetters(), createFakeAnalytics());
const platform = await startTestPlatform({ analytics });
platform.shardA.put(cityState(BERLIN));
afterAll(() => platform[Symbol.asyncDispose]());
beforeEach(() => {
  analytics.letters = [lateLetter([0, 1, 0]), lateLetter([0, 1, 1], { reason: DeadLetterReason.POISON })];
  analytics.ranks.length = 0;
});

const RANK = 'isotherm.analytics.v1.AnalyticsService/RankCities';
const CURRENT = 'isotherm.forecast.v1.ForecastService/GetCurrent';
const HISTORY = 'isotherm.analytics.v1.AnalyticsService/QueryHistory';
const PURGE = 'isotherm.deadletter.v1.DeadLetterService/PurgeDeadLetters';

/** Sends text as curl would. */
async function call(method: string, body: string, contentType = 'application/json') {
  const response = await fetch(`${platform.url}/${method}`, {
    method: 'POST',
    headers: { 'content-type': contentType },
    body,
  });
  const text = await response.text();
  return { status: response.status, text, json: contentType === 'application/json' ? JSON.parse(text) : undefined };
}

describe('A key or name that means nothing is refused with the value and what is allowed', () => {
  it.each([
    [
      'a key in the wrong case',
      PURGE,
      '{"filter":{"reasons":["LATE"]},"dryrun":true}',
      'dryrun: is no field of PurgeDeadLettersRequest; did you mean dry_run? Its fields are ids, filter, dry_run, all',
    ],
    [
      'a key inside a message',
      PURGE,
      '{"filter":{"reasonz":["LATE"]}}',
      'filter.reasonz: is no field of DeadLetterFilter',
    ],
    [
      'a key of an item',
      HISTORY,
      '{"city":"x","readToken":{"offset":["1"]}}',
      'read_token.offset: is no field of ReadToken',
    ],
    [
      'a value of an enum',
      RANK,
      '{"metric":"HEAT"}',
      'metric: "HEAT" is none of heat_index, temperature, relative_humidity, wind_speed',
    ],
    [
      'a value of an enum in a list',
      PURGE,
      '{"filter":{"reasons":["LATE","LATTE"]}}',
      'filter.reasons[1]: "LATTE" is none of city_id_invalid',
    ],
    ['a number of an enum', RANK, '{"metric":99}', 'metric: "99" is none of heat_index'],
    [
      'a unit',
      CURRENT,
      '{"cities":["Berlin"],"units":{"temperature":"RANKINE"}}',
      'units.temperature: "RANKINE" is none of celsius, fahrenheit, kelvin',
    ],
    ['both names of one field', PURGE, '{"dry_run":true,"dryRun":false,"all":true}', 'dry_run: is given twice'],
    ['a string for a number', RANK, '{"limit":"ten"}', 'limit: must be a whole number from 0 to 4294967295, not "ten"'],
    [
      'a fraction for a whole number',
      RANK,
      '{"limit":1.5}',
      'limit: must be a whole number from 0 to 4294967295, not 1.5',
    ],
    ['an object for a list', CURRENT, '{"cities":{"a":1}}', 'cities: must be a list, each item a string, not {"a":1}'],
    ['a number among strings', CURRENT, '{"cities":["a",5]}', 'cities[1]: must be a list, each item a string, not 5'],
    [
      'a time without its zone',
      HISTORY,
      '{"city":"x","startTime":"2026-03-29T12:00:00"}',
      'start_time: must be a time with its zone, like "2026-03-01T12:00:00Z", not "2026-03-29T12:00:00"',
    ],
    [
      'a day of no calendar',
      HISTORY,
      '{"city":"x","startTime":"2026-02-30T00:00:00Z"}',
      'start_time: "2026-02-30T00:00:00Z" is no day of the calendar',
    ],
    [
      'a number that JSON does not hold',
      HISTORY,
      '{"city":"x","readToken":{"offsets":[9007199254740993]}}',
      'read_token.offsets[0]: 9007199254740992 is past 2⁵³',
    ],
    ['half an object', RANK, '{"metric":', 'body: is no JSON: Unexpected end of JSON input'],
    ['an array', RANK, '[]', 'body: must be a JSON object, not []'],
    ['nothing', RANK, '', 'body: is no JSON'],
  ])('%s', async (_what, method, body, told) => {
    const { status, json } = await call(method, body);
    expect({ status, code: json.code }).toEqual({ status: 400, code: 'invalid_argument' });
    expect(json.message).toContain(told);
    expect(json.details.map(({ type }: { type: string }) => type)).toContain('google.rpc.BadRequest');
    expect(analytics.letters).toHaveLength(2);
    expect(analytics.ranks).toEqual([]);
  });

  it('also in a query string, where reads may be sent', async () => {
    const get = (message: string) =>
      fetch(`${platform.url}/${CURRENT}?connect=v1&encoding=json&message=${encodeURIComponent(message)}`);
    const right = await get('{"cities":["Berlin"],"units":{"temperature":"fahrenheit"}}');
    expect(JSON.parse(await right.text()).conditions[0].units.temperature).toBe('TEMPERATURE_UNIT_FAHRENHEIT');
    const wrong = await get('{"citys":["Berlin"]}');
    expect(wrong.status).toBe(400);
    expect(JSON.parse(await wrong.text()).message).toContain('citys: is no field of GetCurrentRequest');
  });

  it('also in a stream', async () => {
    const message = Buffer.from('{"citiez":["Berlin"]}');
    const envelope = Buffer.alloc(5);
    envelope.writeUInt32BE(message.length, 1);
    const { text } = await call(
      'isotherm.forecast.v1.ForecastService/Watch',
      Buffer.concat([envelope, message]).toString('latin1'),
      'application/connect+json',
    );
    expect(text).toContain('"code":"invalid_argument"');
    expect(text).toContain('citiez: is no field of WatchRequest; its fields are cities, min_interval');
  });
});

describe('One dialect: the words of URLs and of the command line name enum values in JSON too', () => {
  it.each(['LATE', 'late', 'DEAD_LETTER_REASON_LATE', 'Late'])('%s is a reason', async (reason) => {
    const { json } = await call(PURGE, JSON.stringify({ filter: { reasons: [reason] }, dry_run: true }));
    expect(json).toMatchObject({
      purged: '1',
      matched: [{ reason: 'DEAD_LETTER_REASON_LATE', state: 'DEAD_LETTER_STATE_PARKED', count: '1' }],
    });
  });

  it.each(['humidity', 'RELATIVE_HUMIDITY', 'relative-humidity', 3])('%s is a metric', async (metric) => {
    platform.nowMs += 60_000;
    expect((await call(RANK, JSON.stringify({ metric }))).status).toBe(200);
    expect(analytics.ranks).toMatchObject([{ metric: 'humidity' }]);
    const inUrl = await fetch(`${platform.url}/v1/rank?metric=${metric === 3 ? 'METRIC_RELATIVE_HUMIDITY' : metric}`);
    expect(inUrl.status).toBe(200);
  });

  it.each(['fahrenheit', 'F', 'TEMPERATURE_UNIT_FAHRENHEIT'])('%s is a unit', async (temperature) => {
    const { json } = await call(CURRENT, JSON.stringify({ cities: [BERLIN], units: { temperature } }));
    expect(json.conditions[0].units.temperature).toBe('TEMPERATURE_UNIT_FAHRENHEIT');
    const inUrl = await fetch(`${platform.url}/v1/current/${BERLIN}?units=${temperature}`);
    expect(JSON.parse(await inUrl.text()).units.temperature).toBe('fahrenheit');
  });
});

describe('What throws away or sends again says what it means', () => {
  it.each([['{}'], ['{"filter":{}}'], ['{"filter":{"states":["parked"]}}'], ['{"dryRun":true}']])(
    'a purge of %s is refused',
    async (body) => {
      for (const method of [PURGE, PURGE.replace('Purge', 'Replay')]) {
        const { status, json } = await call(method, body);
        expect(json.message).toMatch(/all: true|knows no ingest/);
        expect(status).toBe(400);
      }
      expect(analytics.letters).toHaveLength(2);
    },
  );

  it('all: true throws away what is open and tells what that was', async () => {
    const { json } = await call(PURGE, '{"all":true}');
    expect(json.purged).toBe('2');
    expect(json.matched).toMatchObject([
      { reason: 'DEAD_LETTER_REASON_LATE', count: '1' },
      { reason: 'DEAD_LETTER_REASON_POISON', count: '1' },
    ]);
    expect(analytics.letters).toHaveLength(0);
  });

  it('all: true beside ids or a reason is refused', async () => {
    for (const body of ['{"all":true,"ids":[{"offset":1}]}', '{"all":true,"filter":{"reasons":["late"]}}']) {
      expect((await call(PURGE, body)).status).toBe(400);
    }
    expect(analytics.letters).toHaveLength(2);
  });
});
