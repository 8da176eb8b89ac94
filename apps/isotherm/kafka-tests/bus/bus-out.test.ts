import { join } from 'node:path';
import { openChdbAnalytics } from '@isotherm/analytics';
import { createBusProducer, createBusPublisher, createSchemaRegistry } from '@isotherm/bus';
import { openDirectoryCheckpoints } from '@isotherm/checkpoint';
import { createIsothermClient } from '@isotherm/client';
import { startShard } from '@isotherm/compute';
import { DEFAULT_RESULT_SETTINGS } from '@isotherm/domain';
import { startIngest } from '@isotherm/ingest';
import { createMemoryLog } from '@isotherm/log';
import { createPlacement, createPlacementHolder } from '@isotherm/placement';
import { encodeResultSettings } from '@isotherm/records';
import { systemRuntime } from '@isotherm/runtime';
import { createLogger } from '@isotherm/service-kit';
import { expect, it } from 'vitest';
import { eventually } from '../../e2e/testing/eventually.ts';
import { useBroker, useScratch } from '../kafka-platform.ts';
import { createTopic, usePython } from './bus-harness.ts';
import { startSchemaRegistry } from './schema-registry-server.ts';

const kafka = useBroker();
const scratch = useScratch();
const python = usePython();
const logger = createLogger({ service: 'bus-test', level: 'silent' });
const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const TOPICS = { minutes: 'minutes', forecasts: 'forecasts', deadLetters: 'dead-letters' };

/** A record as Confluent's client reads it. */
interface Published {
  readonly key: string;
  readonly partition: number;
  readonly cityId: string;
  readonly incarnation: string;
  readonly appliedOffset: string;
  readonly minuteTime: string;
  readonly observations: number;
  readonly temperatureCelsius: { readonly mean: number; readonly count: number };
  readonly rolling: readonly { readonly minutes: number; readonly temperatureCelsius: number }[];
  readonly reason: string;
  readonly issueTime: string;
  readonly hours: readonly { readonly leadHours: number; readonly temperatureCelsius: number }[];
}

it('publishes minutes, corrections, forecasts and dead letters at least once, by version, though the broker is away for a while', async () => {
  await using registry = await startSchemaRegistry();
  for (const topic of Object.values(TOPICS)) await createTopic(kafka.current, topic, 3);
  const producer = createBusProducer({ bootstrapServers: kafka.current.bootstrap });
  const publisher = createBusPublisher({ producer, registry: createSchemaRegistry(registry.url) }, TOPICS);
  const log = createMemoryLog({ partitionCount: 4, settings: encodeResultSettings(DEFAULT_RESULT_SETTINGS) });
  const path = join(scratch.current.path, 'analytics');
  await using analytics = await openChdbAnalytics({
    path,
    scratchDirectory: `${path}-scratch`,
    rawRetentionSeconds: 86_400,
  });
  await analytics.migrate();
  const checkpoints = await openDirectoryCheckpoints({ path: join(scratch.current.path, 'checkpoints') });
  const placement = createPlacementHolder(createPlacement({ shards: ['a'], partitionCount: 4, epoch: 1 }));
  const deps = { name: 'a', placement, log, ticks: log, checkpoints, analytics, publisher, logger };
  const shard = await startShard({ ...deps, runtime: systemRuntime, failed: () => undefined }, { port: 0 });
  const ingest = await startIngest({ port: 0, log, logger });
  const client = createIsothermClient({ ingestUrl: `${ingest.address.host}:${ingest.address.port}` });

  const hour = Math.floor(Date.now() / HOUR_MS) * HOUR_MS;
  const reading = (cityId: string, atMs: number, temperatureCelsius: number) => ({
    cityId,
    observeTime: atMs,
    temperatureCelsius,
    relativeHumidityPercent: 60,
  });
  const cities = ['accra', 'lagos', 'tunis', 'cairo'];
  // Minutes of an hour that the reading after them completes. That one's own minute stays open.
  const sentAt = [0, 10, 20, 30, 40].map((minute) => hour - 2 * HOUR_MS + minute * MINUTE_MS);
  const send = async (atMs: number, temperature: number) =>
    expect((await client.send(cities.map((city, i) => reading(city, atMs, temperature + i)))).rejected).toBe(0);
  for (const atMs of sentAt) await send(atMs, 20);
  await send(hour - HOUR_MS, 25);

  const read = async (topic: string): Promise<readonly Published[]> => {
    const out = await python.current('consume.py', [kafka.current.bootstrap.join(','), topic, registry.url]);
    return out
      .trim()
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line) as Published);
  };
  const minutesOf = (records: readonly Published[]) => new Set(records.map((r) => `${r.cityId} ${r.minuteTime}`)).size;
  await eventually(
    async () => minutesOf(await read(TOPICS.minutes)),
    (count) => count === cities.length * sentAt.length,
  );

  // The broker is away while a minute is corrected and another sealed: both are published once it is back.
  await kafka.current.brokers[0]!.kill();
  await send(sentAt[4]! + 20_000, 30);
  await client.send([reading('accra', hour - 20 * HOUR_MS, 10)]);
  await eventually(
    async () => (await shard.stats()).applied,
    (applied) => applied === cities.length * (sentAt.length + 2),
  );
  await kafka.current.brokers[0]!.start();
  const newest = async () => {
    const found = new Map<string, Published>();
    for (const record of await read(TOPICS.minutes)) {
      const key = `${record.cityId} ${record.minuteTime}`;
      const before = found.get(key);
      if (before === undefined || version(record) >= version(before)) found.set(key, record);
    }
    return found;
  };
  const corrected = `accra ${iso(sentAt[4]!)}`;
  const minutes = await eventually(newest, (found) => found.get(corrected)?.observations === 2);
  expect(minutes.get(corrected)).toMatchObject({ key: 'accra', incarnation: log.incarnation });
  expect(minutes.get(corrected)!.temperatureCelsius).toMatchObject({ count: 2, mean: 25 });
  const first = minutes.get(`tunis ${iso(sentAt[1]!)}`)!;
  expect(first.temperatureCelsius).toMatchObject({ count: 1, mean: 22 });
  expect(first.rolling.map((window) => [window.minutes, window.temperatureCelsius])).toEqual([
    [5, 22],
    [60, 22],
    [1440, 22],
  ]);

  const letters = await eventually(
    () => read(TOPICS.deadLetters),
    (records) => records.length > 0,
  );
  expect(letters[0]).toMatchObject({ key: 'accra', reason: 'LATE', incarnation: log.incarnation });
  const forecasts = await read(TOPICS.forecasts);
  expect(new Set(forecasts.map(({ key }) => key))).toEqual(new Set(cities));
  const ofCairo = forecasts.findLast(({ key }) => key === 'cairo')!;
  expect(Date.parse(ofCairo.issueTime)).toBe(hour - HOUR_MS);
  expect(ofCairo.hours.map(({ leadHours }) => leadHours)).toEqual(Array.from({ length: 24 }, (_, i) => i + 1));

  // A key stays in one partition, the one that Kafka's own clients choose.
  const places = (await read(TOPICS.minutes)).map(({ key, partition }) => `${key} ${partition}`);
  expect(new Set(places).size).toBe(cities.length);
  expect([...registry.subjects.keys()].sort()).toEqual(
    Object.values(TOPICS)
      .map((topic) => `${topic}-value`)
      .sort(),
  );

  await client.close();
  await ingest.close();
  await shard.close();
  await producer.close();
  await checkpoints.close();
  await log.close();
});

function iso(ms: number): string {
  return new Date(ms).toISOString().replace('.000', '');
}

function version({ incarnation, appliedOffset }: Published): string {
  return `${incarnation} ${appliedOffset.padStart(20, '0')}`;
}
