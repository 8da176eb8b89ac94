import { startBusIntake } from '@isotherm/bus';
import { createIsothermClient } from '@isotherm/client';
import { RejectReason } from '@isotherm/contracts/ingest/v1/ingest_service';
import { startIngest } from '@isotherm/ingest';
import { allPartitions, createMemoryLog, type Log } from '@isotherm/log';
import { createRecordReader } from '@isotherm/records';
import { createLogger } from '@isotherm/service-kit';
import { expect, it } from 'vitest';
import { eventually } from '../../e2e/testing/eventually.ts';
import { preparePlatform, useBroker, useScratch } from '../kafka-platform.ts';
import { createTopic, jsonLines, produceArgs, usePython } from './bus-harness.ts';
import { startSchemaRegistry } from './schema-registry-server.ts';

const kafka = useBroker();
const scratch = useScratch();
const python = usePython();
const logger = createLogger({ service: 'bus-test', level: 'silent' });

it('takes JSON, Avro and Protobuf of another client; what cannot be taken is a dead letter, and what follows is taken', async () => {
  await using registry = await startSchemaRegistry();
  const registryUrl = registry.url;
  const formats = {
    json: 'json',
    raw: 'json',
    avro: 'avro',
    protobuf: 'protobuf',
    'protobuf-plain': 'protobuf',
  } as const;
  const now = Math.floor(Date.now() / 1000) * 1000;
  const iso = new Date(now).toISOString();
  for (const kind of Object.keys(formats)) await createTopic(kafka.current, `in-${kind}`, 2);
  const produce = (kind: string, rows: readonly unknown[]) =>
    python.current(
      'produce.py',
      produceArgs(kafka.current, { topic: `in-${kind}`, kind, registryUrl }),
      jsonLines(rows),
    );
  const message = { cityId: 'lima', observeTime: iso, temperatureCelsius: 21.25, relativeHumidityPercent: 80 };
  await produce('json', [
    message,
    [
      { city_id: 'lima', observe_time: now, temperature_celsius: 21.5, wind_speed_mps: null },
      { ...message, cityId: 'quito' },
    ],
    { ...message, temperatureCelsius: '21' },
    { ...message, observeTime: 'yesterday' },
    { ...message, temperatureCelsius: 210 },
    7,
  ]);
  await produce('raw', ['{"cityId": "lima', null, JSON.stringify({ ...message, sensorId: 'roof' })]);
  await produce('avro', [
    { city_id: 'lima', observe_time: now, temperature_celsius: 21.75 },
    { city_id: 'lima', observe_time: now, relative_humidity_percent: 120, station: 'x' },
  ]);
  await produce('protobuf', [message]);
  await produce('protobuf-plain', [message, { cityId: 'lima' }]);

  const log = createMemoryLog({ partitionCount: 4 });
  const ingest = await startIngest({ port: 0, log, logger });
  const intakeOf = () =>
    startBusIntake(
      { logger, take: (batch) => ingest.take({ ...batch, tenant: 'bus' }) },
      {
        kafka: { bootstrapServers: kafka.current.bootstrap },
        groupId: 'formats',
        schemaRegistryUrl: registryUrl,
        topics: Object.entries(formats).map(([kind, format]) => ({ name: `in-${kind}`, format })),
      },
    );
  const intake = intakeOf();
  const settled = ({ acceptedObservations, rejectedObservations }: ReturnType<typeof ingest.stats>) =>
    acceptedObservations + rejectedObservations;
  await eventually(
    async () => settled(ingest.stats()),
    (count) => count === 14,
  );
  await intake.close();
  const { accepted, rejected, producers } = await readAll(log);
  expect(accepted).toEqual({ lima: [21.25, 21.25, 21.25, 21.25, 21.5, 21.75], quito: [21.25] });
  const names = rejected.map((reason) => RejectReason[reason]).sort();
  expect(names).toEqual([
    'CITY_ID_INVALID',
    'CITY_ID_INVALID',
    'HUMIDITY_IMPOSSIBLE',
    'TEMPERATURE_IMPOSSIBLE',
    'TEMPERATURE_IMPOSSIBLE',
    'TIME_INVALID',
    'TIME_INVALID',
  ]);
  expect([...producers].filter((name) => name.startsWith('in-avro')).length).toBeGreaterThan(0);

  // Closed in order it has committed: the next one goes on behind, also where it is given something new.
  const again = intakeOf();
  await produce('json', [{ ...message, cityId: 'bogota' }]);
  await eventually(
    async () => settled(ingest.stats()),
    (count) => count === 15,
  );
  // The broker is away for a while: what is produced afterwards is read as before.
  await kafka.current.brokers[0]!.kill();
  await kafka.current.brokers[0]!.start();
  await produce('json', [{ ...message, cityId: 'bogota' }]);
  await eventually(
    async () => settled(ingest.stats()),
    (count) => count === 16,
  );
  await again.close();
  expect((await readAll(log)).accepted['bogota']).toEqual([21.25, 21.25]);
  await ingest.close();
  await log.close();
});

it('counts each record once, though ingests are killed between taking it and committing its offset', async () => {
  const [cities, readings] = [20, 200];
  await createTopic(kafka.current, 'stations', 3);
  const platform = await preparePlatform(
    { kafka: kafka.current, scratch: scratch.current, name: 'counted-once' },
    {
      bus: {
        bootstrapServers: kafka.current.bootstrap,
        observations: [{ topic: 'stations', format: 'json' }],
      },
    },
  );
  await using services = new AsyncDisposableStack();
  let ingest = services.use(platform.ingest());
  const compute = services.use(platform.compute());
  const query = services.use(platform.query());
  const [atQuery] = await Promise.all([query.ready, compute.ready, ingest.ready]);
  await using client = createIsothermClient({ apiUrl: `http://${atQuery.address}` });
  const startMs = Math.floor(Date.now() / 1000) * 1000 - readings * 1000;
  const cityIds = Array.from({ length: cities }, (_, city) => `station-${city}`);
  const rows = Array.from({ length: readings }, (_, second) =>
    cityIds.map((cityId) => ({
      cityId,
      observeTime: startMs + second * 1000,
      temperatureCelsius: 20 + (second % 10),
    })),
  ).flat();
  const args = produceArgs(kafka.current, { topic: 'stations', kind: 'json' });
  const applied = async () => {
    const answer = await client.current(cityIds, { timeoutMs: 20_000 }).catch(() => undefined);
    return answer?.conditions.map(({ observations }) => observations) ?? [];
  };
  const sum = async () => (await applied()).reduce((total, count) => total + count, 0);
  for (let part = 0; part < 4; part++) {
    const share = rows.slice((part * rows.length) / 4, ((part + 1) * rows.length) / 4);
    const produced = python.current('produce.py', args, jsonLines(share));
    const before = (part * rows.length) / 4;
    await eventually(sum, (count) => count > before);
    await ingest.end('SIGKILL');
    ingest = services.use(platform.ingest());
    await ingest.ready;
    await produced;
    await eventually(sum, (count) => count >= ((part + 1) * rows.length) / 4);
  }
  expect(await applied()).toEqual(new Array(cities).fill(readings));
});

/** What a log holds: accepted temperatures by city, reasons of rejected rows, and who sent them. */
async function readAll(log: Log) {
  const accepted: Record<string, number[]> = {};
  const rejected: RejectReason[] = [];
  const producers = new Set<string>();
  const reader = createRecordReader();
  for (const [partition, { start, end }] of await log.extents(allPartitions(log.partitionCount))) {
    for (let offset = start; offset < end; offset++) {
      const record = reader.decode((await log.readAt(partition, offset))!.bytes);
      if (record.kind !== 'observations') continue;
      for (let row = 0; row < record.rowCount; row++) {
        const city = record.cityStrings[record.cityRef[row]! & 0x7fff_ffff]!;
        const value = record.temperature.values[row]!;
        accepted[city] = [...(accepted[city] ?? []), record.temperature.kind === 'centi' ? value / 100 : value].sort();
      }
      rejected.push(...record.rejectedRows.map(({ reason }) => reason));
      for (const producer of record.producers) producers.add(producer.id);
    }
  }
  return { accepted, rejected, producers };
}
