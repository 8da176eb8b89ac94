import { createMemoryLog } from '@isotherm/log';
import { encodeResultSettings } from '@isotherm/records';
import { describe, expect, it } from 'vitest';
import { NOW_MS, startFixture } from './testing/ingest-fixture.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const SETTINGS = encodeResultSettings({
  formula: 'NWS',
  outOfOrdernessMs: 5000,
  allowedLatenessMs: HOUR_MS,
  riskCelsius: [26.7, 32.2, 39.4, 51.7],
  maxCitiesPerPartition: 65_536,
  maxStateBytesPerPartition: 1 << 26,
});

const startWithSettings = () =>
  startFixture({ log: createMemoryLog({ partitionCount: 8, settings: SETTINGS, now: () => NOW_MS }) });

function reading(observedMs: number, cityId = 'x', temperatureCelsius = 20) {
  const seconds = BigInt(Math.floor(observedMs / 1000));
  return { cityId, temperatureCelsius, observeTime: { seconds, nanos: (observedMs % 1000) * 1e6 } };
}

describe('An ack counts the accepted rows that are late for all that ingest knows', () => {
  it('to the millisecond: a minute is sealed when its end is an hour and five seconds behind the newest reading', async () => {
    await using fixture = await startWithSettings();
    const lateWith = async (newestMs: number, cityId: string) => {
      await fixture.client.ingest({ observations: [reading(newestMs, cityId)] });
      return (await fixture.client.ingest({ observations: [reading(NOW_MS - 2 * HOUR_MS, cityId)] })).late;
    };
    const endMs = NOW_MS - 2 * HOUR_MS + MINUTE_MS;
    expect(await lateWith(endMs + HOUR_MS + 5000, 'sealed')).toBe(1);
    expect(await lateWith(endMs + HOUR_MS + 4999, 'open')).toBe(0);
  });

  it('row by row within a batch, city by city, and not those that are rejected', async () => {
    await using fixture = await startWithSettings();
    const hoursAgo = [0, 5, 4, 3, 2, 1];
    const observations = [
      ...hoursAgo.map((hours) => reading(NOW_MS - hours * HOUR_MS)),
      ...hoursAgo.toSorted((a, b) => b - a).map((hours) => reading(NOW_MS - hours * HOUR_MS, 'y')),
      reading(NOW_MS - 5 * HOUR_MS, 'x', 900),
    ];
    expect(await fixture.client.ingest({ observations })).toMatchObject({ accepted: 12, rejected: 1, late: 4 });
  });

  it('by log time where a clock is ahead: a reading minutes ahead seals nothing before its time', async () => {
    await using fixture = await startWithSettings();
    await fixture.client.ingest({ observations: [reading(NOW_MS + 4 * MINUTE_MS)] });
    const edge = NOW_MS - HOUR_MS - MINUTE_MS;
    expect(await fixture.client.ingest({ observations: [reading(edge), reading(edge - MINUTE_MS)] })).toMatchObject({
      accepted: 2,
      late: 1,
    });
  });

  it('not again for a batch that came before, and over a stream too', async () => {
    await using fixture = await startWithSettings();
    const seconds = BigInt(NOW_MS / 1000);
    const batch = { producerId: 'p', session: 1n, sequence: 1n, createTime: { seconds, nanos: 0 } };
    const observations = [reading(NOW_MS), reading(NOW_MS - 3 * HOUR_MS)];
    expect(await fixture.client.ingest({ batch, observations })).toMatchObject({ late: 1, duplicate: false });
    expect(await fixture.client.ingest({ batch, observations })).toMatchObject({ late: 0, duplicate: true });
  });
});
