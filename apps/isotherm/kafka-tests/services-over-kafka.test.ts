import { createIsothermClient } from '@isotherm/client';
import { expect, it } from 'vitest';
import { eventually } from '../e2e/testing/eventually.ts';
import { newAckTally, secondsOfCities, writeSeconds } from '../e2e/testing/seconds-of-cities.ts';
import { preparePlatform, useBroker, useScratch } from './kafka-platform.ts';

const CITIES = 40;
const SECONDS = 300;

const kafka = useBroker();
const scratch = useScratch();
const place = (name: string) => ({ kafka: kafka.current, scratch: scratch.current, name });

it('counts each observation once when compute, ingest and the broker are killed in the middle of sending', async () => {
  const platform = await preparePlatform(place('killed'));
  await using services = new AsyncDisposableStack();
  // Compute and query wait for ingest, which makes the topic.
  const compute = services.use(platform.compute());
  const query = services.use(platform.query());
  await eventually(
    async () => [compute, query].map(({ log }) => log.some(({ msg }) => msg === 'Something needed is not there yet')),
    (waiting) => waiting.every(Boolean),
  );
  const ingest = services.use(platform.ingest());
  const [atIngest, , atQuery] = await Promise.all([ingest.ready, compute.ready, query.ready]);
  await using client = createIsothermClient({
    ingestUrl: atIngest.address,
    apiUrl: `http://${atQuery.address}`,
    producerId: 'blind-retries',
    retry: { maxDelayMs: 500 },
  });
  const seconds = secondsOfCities('over-kafka', CITIES, 10);
  const stream = client.openStream({ returnTokens: true });
  const tally = newAckTally();
  const ackedSoMany = (wanted: number) =>
    eventually(
      async () => tally.acked,
      (count) => count >= wanted,
    );

  await writeSeconds(stream, seconds, { from: 0, to: SECONDS / 3, tally });
  await ackedSoMany(SECONDS / 6);
  expect(await compute.end('SIGKILL')).toMatchObject({ signal: 'SIGKILL' });
  const sending = writeSeconds(stream, seconds, { from: SECONDS / 3, to: SECONDS, tally }).then(() => stream.flush());
  await ackedSoMany(SECONDS / 2);
  await ingest.end('SIGKILL');
  await kafka.current.brokers[0]!.kill();
  await kafka.current.brokers[0]!.start();
  await services.use(platform.ingest()).ready;
  const next = services.use(platform.compute());
  await next.ready;
  await sending;

  expect(tally.accepted).toBe(CITIES * SECONDS);
  const cityIds = Array.from({ length: CITIES }, (_, city) => seconds.cityId(city));
  /** How often each city was observed, for a reader who waits until the shard is reached again. */
  const counts = async () => {
    const { readToken } = tally;
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
  expect(await next.end('SIGTERM')).toMatchObject({ code: 0, signal: null });
  await services.use(platform.compute()).ready;
  expect(await counts()).toEqual(each);
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
