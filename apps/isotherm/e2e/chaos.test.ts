import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { createIsothermClient, type ReadToken } from '@isotherm/client';
import { expect, it } from 'vitest';
import { eventually } from './testing/eventually.ts';
import { ledgerShowing } from './testing/ledger.ts';
import { minutePoints } from './testing/minute-points.ts';
import { type CentiReading, expectSameMinutes, naiveMinutes } from './testing/naive-minutes.ts';
import { startPlatformProcess } from './testing/platform-process.ts';
import { runCli } from './testing/run-cli.ts';
import { scratchDirectory } from './testing/scratch-directory.ts';

const CITIES = 60;

function readingOf(city: number, second: number, startMs: number): CentiReading {
  const mix = Math.imul(city + 1, 2_654_435_761) ^ Math.imul(second + 1, 40_503);
  return {
    city,
    observedMs: startMs + second * 1000,
    temperatureCenti: 2500 + city * 10 + (mix & 511),
    humidityCenti: 4000 + ((mix >>> 9) & 1023),
    windCenti: 100 + ((mix >>> 19) & 511),
  };
}

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

  const startMs = Math.floor(Date.now() / 60_000) * 60_000 - 20 * 60_000;
  const readings: CentiReading[][] = [];
  const enough = new AbortController();
  let accepted = 0;
  let readToken: ReadToken | undefined;
  const stream = client.openStream({ returnTokens: true });
  const indices = Uint32Array.from({ length: CITIES }, (_, city) => stream.cityIndex(`chaos-${city}`));
  const sending = (async () => {
    for (let second = 0; second < 1100 && !enough.signal.aborted; second++) {
      const row = Array.from({ length: CITIES }, (_, city) => readingOf(city, second, startMs));
      const column = (pick: (one: CentiReading) => number) => ({ scale: 2, unscaled: Int32Array.from(row, pick) });
      const { result } = await stream.write({
        cityIndex: indices,
        baseUnixMs: startMs + second * 1000,
        observedOffsetMs: new Uint32Array(CITIES),
        temperatureCelsius: column((one) => one.temperatureCenti),
        relativeHumidityPercent: column((one) => one.humidityCenti),
        windSpeedMps: column((one) => one.windCenti),
      });
      readings.push(row);
      const ack = await result;
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
    for (const { part } of kills) outcomes.set(part, after.verdict);
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
  expect(accepted).toBe(readings.length * CITIES);
  const ledger = await ledgerShowing(client, { observationsApplied: accepted });
  expect(ledger.observationsDead).toBe(0);
  expect(ledger.observationsAcked).toBe(ledger.observationsApplied + ledger.observationsDuplicate);
  const seen = { readToken: readToken!, from: startMs, to: startMs + readings.length * 1000 };
  for (let city = 0; city < CITIES; city += 7) {
    const points = await minutePoints(client, `chaos-${city}`, seen);
    expectSameMinutes(points, naiveMinutes(readings.flatMap((row) => row.filter((one) => one.city === city))));
  }
  const { conditions } = await client.current(Array.from({ length: CITIES }, (_, city) => `chaos-${city}`));
  expect(conditions.map(({ observations }) => observations)).toEqual(new Array(CITIES).fill(readings.length));
});

it('is refused in a sentence where it is not allowed, and where no platform runs', async () => {
  await using directory = await scratchDirectory();
  const kill = () => runCli(['chaos', '--kill', 'compute', '--data', directory.path]);
  const nobody = `isotherm: No platform runs on the data directory ${directory.path}.`;
  expect(await kill()).toMatchObject({ code: 1, stdout: '', stderr: expect.stringContaining(nobody) });
  await using platform = await startPlatformProcess({ dataDirectory: directory.path });
  const refused = 'isotherm: This platform does not let its parts be killed. Start it with --chaos.\n';
  expect(await kill()).toMatchObject({ code: 1, stdout: '', stderr: refused });
  await platform.end('SIGKILL');
  expect(await kill()).toMatchObject({ code: 1, stderr: expect.stringContaining(nobody) });
});
