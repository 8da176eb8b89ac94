import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { createIsothermClient, type SentBatch } from '@isotherm/client';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { eventually } from './testing/eventually.ts';
import { placementOf } from './testing/placement-of.ts';
import { runCli } from './testing/run-cli.ts';
import { type ScratchDirectory, scratchDirectory } from './testing/scratch-directory.ts';
import { secondsOfCities, writeSecond } from './testing/seconds-of-cities.ts';
import { freePort, writeConfig } from './testing/service-config.ts';
import { startServiceProcess } from './testing/service-process.ts';

const PARTITIONS = 8;
const CITIES = 200;

let scratch: ScratchDirectory;
beforeAll(async () => {
  scratch = await scratchDirectory();
});
afterAll(() => scratch[Symbol.asyncDispose]());

it('shards join, hand partitions over, are killed and leave under load: every observation counts once', async () => {
  const [ingestPort, coordinatorPort] = [await freePort(), await freePort()];
  const coordinator = `127.0.0.1:${coordinatorPort}`;
  const config = await writeConfig(scratch.path, {
    partitions: PARTITIONS,
    log: { embedded: { directory: join(scratch.path, 'log') } },
    checkpoints: { directory: join(scratch.path, 'checkpoints'), intervalSeconds: 1 },
    analytics: { clickHouse: { urls: [`http://127.0.0.1:${await freePort()}`] } },
    placement: { coordinator },
    compute: { failoverAfterSeconds: 2 },
    ingests: [`127.0.0.1:${ingestPort}`],
  });
  const start = (role: string, ...flags: string[]) =>
    startServiceProcess(role, ['--config', config, '--log-level', 'info', ...flags]);
  const shard = (name: string) => start('compute', '--name', name, '--control-port', '0');
  const partitions = async () => (await placementOf(coordinator))?.partitions ?? [];
  /** How many partitions a shard owns, by the table that readers follow. */
  const owned = async (name: string) => (await partitions()).filter(({ owner }) => owner === name).length;

  await using ingest = start('ingest', '--port', String(ingestPort));
  await using query = start('query');
  await using first = start('coordinator', '--port', String(coordinatorPort));
  await using a = shard('a');
  const [{ address: ingestAddress }, { address: apiAddress }] = await Promise.all([ingest.ready, query.ready]);
  await Promise.all([first.ready, a.ready]);
  await eventually(
    () => owned('a'),
    (count) => count === PARTITIONS,
  );

  await using client = createIsothermClient({
    apiUrl: `http://${apiAddress}`,
    ingestUrl: ingestAddress,
    producerId: 'under-load',
  });
  const seconds = secondsOfCities('moving', CITIES, 240);
  const cityIds = Array.from({ length: CITIES }, (_, city) => seconds.cityId(city));
  await using stream = client.openStream({ session: 1n });
  const sent: SentBatch[] = [];
  let sending = true;
  const load = (async () => {
    while (sending) {
      const batch = await writeSecond(stream, seconds, sent.length);
      sent.push(batch);
      expect((await batch.result).accepted).toBe(CITIES);
      // A second of each city every 20 ms at most: what is sent stays in the past.
      await sleep(20);
    }
  })();
  // Awaited at the end; what fails before closes the stream.
  load.catch(() => undefined);
  /** Every city has as many observations as were acked, read through the API while the load goes on. */
  const expectAllCounted = async () => {
    const count = sent.length - 1;
    const { readToken } = await sent[count - 1]!.result;
    // Cities whose partition is between two shards for longer than a read waits are missing from an answer.
    await eventually(
      () => client.current(cityIds, { ...(readToken && { readToken }), timeoutMs: 10_000 }),
      ({ conditions }) =>
        conditions.length === CITIES && conditions.every(({ observations = 0 }) => observations >= count),
    );
  };
  await eventually(
    async () => sent.length,
    (count) => count > 5,
  );

  // A shard that joins gets its share.
  await using b = shard('b');
  await b.ready;
  await eventually(
    () => owned('b'),
    (count) => count === PARTITIONS / 2,
  );
  await expectAllCounted();

  // A person moves a partition.
  const { partition } = (await partitions()).find(({ owner }) => owner === 'a')!;
  const moved = await runCli(['placement', 'move', String(partition), 'b', '--coordinator', coordinator]);
  expect(moved).toMatchObject({ code: 0, stdout: expect.stringMatching(/^Partition \d+ moved from a to b, paused /) });
  await expectAllCounted();

  // A coordinator is killed; its successor goes on with what is recorded, and a dead shard's partitions go to the other.
  await first.end('SIGKILL');
  await using _second = start('coordinator', '--port', String(coordinatorPort));
  await b.end('SIGKILL');
  await eventually(
    () => owned('a'),
    (count) => count === PARTITIONS,
    120_000,
  );
  await expectAllCounted();

  // A shard that ends in order gives its partitions to the other first.
  await using c = shard('c');
  await c.ready;
  await eventually(
    () => owned('c'),
    (count) => count === PARTITIONS / 2,
  );
  expect(await a.end('SIGTERM')).toMatchObject({ code: 0, signal: null });
  expect(a.log.filter(({ msg }) => msg === 'Stopped as an owner')).toEqual([]);
  await eventually(
    () => owned('c'),
    (count) => count === PARTITIONS,
  );
  await expectAllCounted();

  sending = false;
  await load;
  const { readToken } = await sent.at(-1)!.result;
  const { conditions } = await client.current(cityIds, { ...(readToken && { readToken }), timeoutMs: 20_000 });
  expect(new Set(conditions.map(({ observations }) => observations))).toEqual(new Set([sent.length]));
  expect(conditions).toHaveLength(CITIES);
});
