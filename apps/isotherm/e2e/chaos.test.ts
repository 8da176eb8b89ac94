import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { createIsothermClient, type ReadToken } from '@isotherm/client';
import { expect, it } from 'vitest';
import { eventually } from './testing/eventually.ts';
import { startPlatformProcess } from './testing/platform-process.ts';
import { runCli } from './testing/run-cli.ts';
import { scratchDirectory } from './testing/scratch-directory.ts';
import { expectCountedOnce, secondsOfCities, writeSecond } from './testing/seconds-of-cities.ts';

const CITIES = 60;
/** More seconds than pass until everything was killed. */
const MOST_SECONDS = 1100;

it('kills compute, ingest and analytics under load; each comes back, and every observation is counted once', async () => {
  await using directory = await scratchDirectory();
  await using platform = await startPlatformProcess({
    dataDirectory: directory.path,
    flags: ['--checkpoint', '1', '--shards', '2', '--chaos'],
  });
  await using client = createIsothermClient({
    ingestUrl: platform.ingestAddress,
    apiUrl: platform.apiUrl,
    producerId: 'chaos',
    retry: { maxDelayMs: 300 },
  });
  expect((await stat(join(directory.path, 'control', 'socket'))).mode & 0o777).toBe(0o600);

  const seconds = secondsOfCities('chaos', CITIES, 20);
  const enough = new AbortController();
  let sent = 0;
  let accepted = 0;
  let readToken: ReadToken | undefined;
  const stream = client.openStream({ returnTokens: true });
  const sending = (async () => {
    for (; sent < MOST_SECONDS && !enough.signal.aborted; sent++) {
      const ack = await (await writeSecond(stream, seconds, sent)).result;
      accepted += ack.accepted;
      readToken = ack.readToken;
    }
  })();
  sending.catch(() => undefined);
  await eventually(
    async () => accepted,
    (count) => count > 0,
  );

  const data = ['--data', directory.path, '--json'];
  const outcomes = new Map<string, string>();
  for (const flags of [['compute', '--times', '2', '--every', '1s'], ['ingest'], ['analytics']]) {
    const before = accepted;
    const { code, stdout } = await runCli(['chaos', '--kill', ...flags, ...data]);
    expect(code).toBe(0);
    const { kills, after } = JSON.parse(stdout);
    for (const { worker } of kills) outcomes.set(worker, after.result);
    await eventually(
      async () => accepted,
      (count) => count > before,
    );
  }
  expect([...outcomes]).toEqual([
    ['shard-0', 'clean'],
    ['shard-1', 'clean'],
    ['ingest', 'clean'],
    ['analytics', 'clean'],
  ]);

  enough.abort();
  await sending;
  await stream.close();
  expect(accepted).toBe(sent * CITIES);
  await expectCountedOnce(client, seconds, { count: sent, readToken: readToken!, step: 7 });
});

it('is refused in a sentence where it is not allowed, and where no platform runs', async () => {
  await using directory = await scratchDirectory();
  const kill = () => runCli(['chaos', '--kill', 'compute', '--data', directory.path]);
  const nobody = `isotherm: No platform runs on the data directory ${directory.path}.`;
  expect(await kill()).toMatchObject({ code: 1, stdout: '', stderr: expect.stringContaining(nobody) });
  await using platform = await startPlatformProcess({ dataDirectory: directory.path });
  const refused = 'isotherm: This platform does not let its workers be killed. Start it with --chaos.\n';
  expect(await kill()).toMatchObject({ code: 1, stdout: '', stderr: refused });
  await platform.end('SIGKILL');
  expect(await kill()).toMatchObject({ code: 1, stderr: expect.stringContaining(nobody) });
});
