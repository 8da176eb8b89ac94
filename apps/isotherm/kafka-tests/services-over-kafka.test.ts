import { createIsothermClient, type ReadToken } from '@isotherm/client';
import { expect, it } from 'vitest';
import { eventually } from '../e2e/testing/eventually.ts';
import { secondsOfCities, writeSecond } from '../e2e/testing/seconds-of-cities.ts';
import type { ServiceProcess } from '../e2e/testing/service-process.ts';
import { preparePlatform, useBroker, useScratch } from './kafka-platform.ts';

const CITIES = 40;
const SECONDS = 300;

const kafka = useBroker();
const scratch = useScratch();
const place = (name: string) => ({ kafka: kafka.current, scratch: scratch.current, name });

it('counts each observation once when compute, ingest and the broker are killed in the middle of sending', async () => {
  const platform = await preparePlatform(place('killed'));
  const started: ServiceProcess[] = [];
  const running = (service: ServiceProcess) => {
    started.push(service);
    return service;
  };
  try {
    // Compute and query wait for ingest, which makes the topic.
    const compute = running(platform.compute());
    const query = running(platform.query());
    await eventually(
      async () => [compute, query].map(({ log }) => log.some(({ msg }) => msg === 'Something needed is not there yet')),
      (waiting) => waiting.every(Boolean),
    );
    const ingest = running(platform.ingest());
    const [atIngest, , atQuery] = await Promise.all([ingest.ready, compute.ready, query.ready]);
    await using client = createIsothermClient({
      ingestUrl: atIngest.address,
      apiUrl: `http://${atQuery.address}`,
      producerId: 'blind-retries',
      retry: { maxDelayMs: 500 },
    });
    const seconds = secondsOfCities('over-kafka', CITIES, 10);
    const stream = client.openStream({ returnTokens: true });
    let acked = 0;
    let accepted = 0;
    let readToken: ReadToken | undefined;
    const sendUntil = async (from: number, end: number) => {
      for (let second = from; second < end; second++) {
        const { result } = await writeSecond(stream, seconds, second);
        result.then(
          (ack) => {
            acked += 1;
            accepted += ack.accepted;
            readToken = ack.readToken;
          },
          () => undefined,
        );
      }
    };
    const ackedSoMany = (wanted: number) =>
      eventually(
        async () => acked,
        (count) => count >= wanted,
      );

    await sendUntil(0, SECONDS / 3);
    await ackedSoMany(SECONDS / 6);
    expect(await compute.end('SIGKILL')).toMatchObject({ signal: 'SIGKILL' });
    const sending = sendUntil(SECONDS / 3, SECONDS).then(() => stream.flush());
    await ackedSoMany(SECONDS / 2);
    await ingest.end('SIGKILL');
    await kafka.current.brokers[0]!.kill();
    await kafka.current.brokers[0]!.start();
    await running(platform.ingest()).ready;
    await running(platform.compute()).ready;
    await sending;

    expect(accepted).toBe(CITIES * SECONDS);
    const cityIds = Array.from({ length: CITIES }, (_, city) => seconds.cityId(city));
    /** How often each city was observed, for a reader who waits until the shard is reached again. */
    const counts = async () => {
      const read = { ...(readToken && { readToken }), timeoutMs: 20_000 };
      const answer = await eventually(
        () => client.current(cityIds, read).catch(() => undefined),
        (found) => found !== undefined,
      );
      return answer?.conditions.map(({ observations }) => observations);
    };
    const each = new Array(CITIES).fill(SECONDS);
    expect(await counts()).toEqual(each);
    expect((await client.status()).unreachableShards).toEqual([]);

    // Ended in order, it checkpoints; the next one has everything though the log holds nothing new for it.
    const last = started.at(-1)!;
    expect(await last.end('SIGTERM')).toMatchObject({ code: 0, signal: null });
    await running(platform.compute()).ready;
    expect(await counts()).toEqual(each);
  } finally {
    for (const service of started) await service.end('SIGKILL');
  }
});

it('refuses a topic that can lose records in one sentence, and waits for brokers that are away', async () => {
  await using unsafe = (await preparePlatform(place('unsafe'), { allowUnsafeTopic: false })).ingest();
  const { code, stderr } = await unsafe.ended;
  expect(code).toBe(1);
  expect(stderr).toMatch(/topic\.replicationFactor is 1 and must be at least 3, .*: raise it\./);

  const platform = await preparePlatform(place('away'));
  await kafka.current.brokers[0]!.stop();
  await using ingest = platform.ingest();
  await eventually(
    async () => ingest.log.find(({ msg }) => msg === 'Something needed is not there yet'),
    (line) => JSON.stringify(line)?.includes('ECONNREFUSED') ?? false,
  );
  await kafka.current.brokers[0]!.start();
  await ingest.ready;
  expect(await ingest.end('SIGTERM')).toMatchObject({ code: 0, signal: null });
});
