import { fromBinary } from '@bufbuild/protobuf';
import { RejectReason } from '@isotherm/contracts/ingest/v1/ingest_service';
import { ObservationSchema } from '@isotherm/contracts/ingest/v1/observation';
import { partitionOf } from '@isotherm/placement';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type IngestFixture, NOW_MS, startFixture } from './testing/ingest-fixture.ts';

const at = (ms: number) => ({ seconds: BigInt(Math.floor(ms / 1000)), nanos: 0 });
const good = { cityId: '1', observeTime: at(NOW_MS), temperatureCelsius: 20 };

/** Each: what is wrong, the row, and what its producer is told. */
const BAD_ROWS = [
  ['an empty city id', { ...good, cityId: '' }, RejectReason.CITY_ID_INVALID, 'city_id'],
  ['a city id of 65 bytes', { ...good, cityId: 'x'.repeat(65) }, RejectReason.CITY_ID_INVALID, 'city_id'],
  [
    'a city id of 33 characters and 66 bytes',
    { ...good, cityId: 'ü'.repeat(33) },
    RejectReason.CITY_ID_INVALID,
    'city_id',
  ],
  ['a city id with a line break', { ...good, cityId: 'New\nYork' }, RejectReason.CITY_ID_INVALID, 'city_id'],
  ['a sensor id of 65 bytes', { ...good, sensorId: 's'.repeat(65) }, RejectReason.SENSOR_INVALID, 'sensor_id'],
  ['no time', { cityId: '1', temperatureCelsius: 20 }, RejectReason.TIME_INVALID, 'observe_time'],
  ['a time in 1970', { ...good, observeTime: at(0) }, RejectReason.TIME_INVALID, 'observe_time'],
  [
    'a time in 1979',
    { ...good, observeTime: at(Date.UTC(1979, 11, 31, 23, 59)) },
    RejectReason.TIME_INVALID,
    'observe_time',
  ],
  ['a time in 2120', { ...good, observeTime: at(Date.UTC(2120, 0, 1)) }, RejectReason.TIME_IN_FUTURE, 'observe_time'],
  ['a time 301 s ahead', { ...good, observeTime: at(NOW_MS + 301_000) }, RejectReason.TIME_IN_FUTURE, 'observe_time'],
  [
    'nanoseconds below 0',
    { ...good, observeTime: { seconds: at(NOW_MS).seconds, nanos: -1 } },
    RejectReason.TIME_INVALID,
    'observe_time',
  ],
  [
    'a temperature that is no number',
    { ...good, temperatureCelsius: Number.NaN },
    RejectReason.TEMPERATURE_IMPOSSIBLE,
    'temperature_celsius',
  ],
  [
    'an infinite temperature',
    { ...good, temperatureCelsius: Number.POSITIVE_INFINITY },
    RejectReason.TEMPERATURE_IMPOSSIBLE,
    'temperature_celsius',
  ],
  [
    'a temperature of −∞',
    { ...good, temperatureCelsius: Number.NEGATIVE_INFINITY },
    RejectReason.TEMPERATURE_IMPOSSIBLE,
    'temperature_celsius',
  ],
  ['−300 °C', { ...good, temperatureCelsius: -300 }, RejectReason.TEMPERATURE_IMPOSSIBLE, 'temperature_celsius'],
  [
    '155 % humidity',
    { ...good, relativeHumidityPercent: 155 },
    RejectReason.HUMIDITY_IMPOSSIBLE,
    'relative_humidity_percent',
  ],
  [
    '−0.01 % humidity',
    { ...good, relativeHumidityPercent: -0.01 },
    RejectReason.HUMIDITY_IMPOSSIBLE,
    'relative_humidity_percent',
  ],
  ['−1 m/s of wind', { ...good, windSpeedMps: -1 }, RejectReason.WIND_IMPOSSIBLE, 'wind_speed_mps'],
  ['no value at all', { cityId: '1', observeTime: at(NOW_MS) }, RejectReason.EMPTY, 'temperature_celsius'],
] as const;

describe('An observation with', () => {
  let fixture: IngestFixture;
  beforeAll(async () => {
    fixture = await startFixture();
  });
  afterAll(() => fixture[Symbol.asyncDispose]());

  it.each(BAD_ROWS)(
    '%s is rejected with field, value and remedy, and its neighbours are kept',
    async (_, row, reason, field) => {
      const ack = await fixture.client.ingest({ observations: [good, row, good] });
      expect([ack.accepted, ack.rejected]).toEqual([2, 1]);
      const [rejection] = ack.rejections;
      expect(rejection).toMatchObject({ row: 1, reason, field });
      expect(rejection?.message).toMatch(/[a-z_]+.*; .*\.$/);
    },
  );

  it('anything wrong is in the log with its reason and its canonical bytes', async () => {
    const { rejected } = await fixture.contents();
    expect(rejected.map(({ reason }) => reason).sort()).toEqual(
      BAD_ROWS.map(([, , reason]) => reason as number).sort(),
    );
    const wet = rejected.find(({ reason }) => reason === RejectReason.HUMIDITY_IMPOSSIBLE)!;
    expect(wet.batchRow).toBe(1);
    expect(wet.partition).toBe(partitionOf('1', 8));
    const observation = fromBinary(ObservationSchema, wet.observation);
    expect(observation).toMatchObject({ cityId: '1', relativeHumidityPercent: 155, observeTime: at(NOW_MS) });
  });
});

describe('The edges of what is taken', () => {
  const KEPT = [
    { ...good, cityId: 'x'.repeat(64) },
    { ...good, observeTime: at(Date.UTC(1980, 0, 1)) },
    { ...good, observeTime: at(NOW_MS + 300_000) },
    { ...good, temperatureCelsius: -92.2, relativeHumidityPercent: 0, windSpeedMps: 0 },
    { ...good, temperatureCelsius: 59.7, relativeHumidityPercent: 105, windSpeedMps: 113.3 },
  ];

  it('are taken, in rows', async () => {
    await using fixture = await startFixture();
    expect(await fixture.client.ingest({ observations: KEPT })).toMatchObject({ accepted: KEPT.length, rejected: 0 });
  });

  it.each([
    [1, [-922, 597], [-923, 598]],
    [2, [-9220, 5970], [-9221, 5971]],
    [3, [-92_200, 59_700], [-92_201, 59_701]],
    [6, [-92_200_000, 59_700_000], [-92_200_001, 59_700_001]],
  ])('are the same in columns of %i decimal places', async (scale, inside, outside) => {
    await using fixture = await startFixture();
    const ack = await fixture.client.ingest({
      columns: {
        cities: ['1'],
        cityIndex: [0, 0, 0, 0],
        baseUnixMs: BigInt(NOW_MS),
        observedOffsetMs: [0, 1, 2, 3],
        temperatureCelsius: { scale, unscaled: [...inside, ...outside] },
      },
    });
    expect([ack.accepted, ack.rejections.map(({ row }) => row)]).toEqual([2, [2, 3]]);
    const { rows } = await fixture.contents();
    expect(rows.map(({ temperature }) => temperature)).toEqual([-92.2, 59.7]);
  });
});

describe('A stream', () => {
  it('rejects rows whose city or sensor is not in its dictionary, and keeps the others', async () => {
    await using fixture = await startFixture();
    const stream = fixture.client.openStream();
    const batch = (sequence: number, cityIndex: number[], sensorIndex: number[], added: string[]) => ({
      sequence,
      createdUnixMs: NOW_MS,
      columns: {
        cities: added,
        sensors: added.map((city) => `${city}-roof`),
        cityIndex: Uint32Array.from(cityIndex),
        sensorIndex: Uint32Array.from(sensorIndex),
        baseMs: NOW_MS,
        observedOffsetMs: new Uint32Array(cityIndex.length),
        wind: { scale: 0, unscaled: new Int32Array(cityIndex.length) },
      },
    });
    stream.send(batch(1, [0, 1, 0xffff_ffff], [1, 1, 1], ['a']));
    stream.send(batch(2, [0, 1, 1], [0, 2, 3], ['b']));
    const answers = [await stream.next(), await stream.next()].map(({ result }) =>
      result.case === 'ack' ? result.value.rejections.map(({ row, reason, value }) => [row, reason, value]) : result,
    );
    expect(answers).toEqual([
      [
        [1, RejectReason.CITY_INDEX_OUT_OF_RANGE, 'city_index 1'],
        [2, RejectReason.CITY_INDEX_OUT_OF_RANGE, 'city_index 4294967295'],
      ],
      [[2, RejectReason.SENSOR_INVALID, '']],
    ]);
    const { rows } = await fixture.contents();
    expect(rows.map(({ cityId, sensorId }) => `${cityId} ${sensorId}`).sort()).toEqual([
      'a a-roof',
      'a undefined',
      'b b-roof',
    ]);
    stream.end();
    await stream.ended;
  });

  it('takes no more cities than it is allowed to, and goes on with those it knows', async () => {
    await using fixture = await startFixture({ limits: { maxCities: 2 } });
    const rows = ['a', 'b', 'c', '4', 'a'].map((cityId) => ({ ...good, cityId }));
    const ack = await fixture.client.ingest({ observations: rows });
    expect([ack.accepted, ack.rejections.map(({ row, reason }) => [row, reason])]).toEqual([
      3,
      [
        [2, RejectReason.TOO_MANY_CITIES],
        [3, RejectReason.TOO_MANY_CITIES],
      ],
    ]);
    expect(ack.rejections[0]?.message).toContain('maxCities');
  });
});
