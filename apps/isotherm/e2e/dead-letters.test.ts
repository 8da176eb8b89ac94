import { timestampFromMs } from '@bufbuild/protobuf/wkt';
import {
  createIsothermClient,
  type DeadLetter,
  deadLetterIdText,
  type IsothermClient,
  type ListDeadLettersOptions,
  type Observation,
} from '@isotherm/client';
import { expect, it } from 'vitest';
import { eventually } from './testing/eventually.ts';
import { freshLedger } from './testing/ledger.ts';
import { minutePoints } from './testing/minute-points.ts';
import { type PlatformProcess, startPlatformProcess } from './testing/platform-process.ts';
import { callReplay } from './testing/replay-call.ts';
import { runCli } from './testing/run-cli.ts';
import { scratchDirectory } from './testing/scratch-directory.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
/** The beginning of this minute: readings lie within minutes of their own. */
const base = Math.floor(Date.now() / MINUTE_MS) * MINUTE_MS;

function reading(cityId: string, observeTime: number, temperatureCelsius: number): Observation {
  return { cityId, observeTime, temperatureCelsius };
}

function clientOf(platform: PlatformProcess): IsothermClient {
  return createIsothermClient({ ingestUrl: platform.ingestAddress, apiUrl: platform.apiUrl, timeoutMs: 60_000 });
}

async function lettersOf(client: IsothermClient, options: ListDeadLettersOptions): Promise<DeadLetter[]> {
  const letters: DeadLetter[] = [];
  for await (const letter of client.deadLetters.list({ timeoutMs: 60_000, ...options })) letters.push(letter);
  return letters;
}

/** Minutes of a city, as [minutes before the base, count, mean temperature]. */
async function minutesOf(client: IsothermClient, cityId: string) {
  const points = await minutePoints(client, cityId, { startTime: base - 5 * HOUR_MS, endTime: base + HOUR_MS });
  return points.map(({ startTime, count, temperature }) => [
    (base - startTime.getTime()) / MINUTE_MS,
    count,
    temperature,
  ]);
}

async function cli<Report>(platform: PlatformProcess, ...args: string[]): Promise<Report> {
  const { code, stdout, stderr } = await runCli(['dead-letters', ...args, '--json'], { ISOTHERM_API: platform.apiUrl });
  expect(`${code} ${stderr}`).toMatch(/^0/);
  return JSON.parse(stdout) as Report;
}

it('brings late readings back into their minutes, once however often, and what is purged stays away after a crash', async () => {
  await using directory = await scratchDirectory();
  await using first = await startPlatformProcess({ dataDirectory: directory.path });
  await using client = clientOf(first);
  await client.send([reading('late-a', base, 20), reading('late-b', base, 21)]);
  const { readToken } = await client.send([
    reading('late-a', base - 3 * HOUR_MS, 10),
    reading('late-a', base - 3 * HOUR_MS + 1000, 11),
    reading('late-b', base - 2 * HOUR_MS, 12),
    { ...reading('late-a', base, 22), relativeHumidityPercent: 155 },
  ]);

  const letters = await lettersOf(client, { readToken: readToken! });
  expect(letters.map(({ cityId, reason, state }) => `${cityId} ${reason} ${state}`).sort()).toEqual([
    'late-a HUMIDITY_IMPOSSIBLE PARKED',
    'late-a LATE PARKED',
    'late-a LATE PARKED',
    'late-b LATE PARKED',
  ]);
  expect((await client.deadLetters.count({ filter: { reasons: ['LATE'] } })).map(({ count }) => count)).toEqual([3]);
  const before = await minutesOf(client, 'late-b');
  expect(before.filter(([ago]) => ago !== 0)).toEqual([]);

  const replay = await cli<{ replayed: number; counted: number; failed: number }>(first, 'replay', '--reason', 'LATE');
  expect(replay).toMatchObject({ replayed: 3, counted: 3, failed: 0 });
  const stored = async (from: IsothermClient) => ({
    a: (await minutesOf(from, 'late-a')).filter(([ago]) => ago !== 0),
    b: (await minutesOf(from, 'late-b')).filter(([ago]) => ago !== 0),
  });
  const counted = { a: [[180, 2, 10.5]], b: [[120, 1, 12]] };
  await eventually(
    () => stored(client),
    (found) => JSON.stringify(found) === JSON.stringify(counted),
  );
  const { conditions } = await client.current('late-a', { consistency: 'STRONG' });
  expect(conditions[0]).toMatchObject({ temperature: 20, observations: 3 });

  // Whoever replays them again changes nothing: the service refuses, and the owner remembers what it has counted.
  const late = letters.filter(({ reason }) => reason === 'LATE');
  const again = await client.deadLetters.replay({ ids: late.map(({ id }) => id) });
  expect(again).toMatchObject({ replayed: 0, refused: 3 });
  expect(again.refusals.map(({ reason }) => reason)).toEqual(Array(3).fill('ALREADY_REPLAYED'));
  const applied = (await freshLedger(client)).observationsApplied;
  const rows = late.map(({ id, cityId, observeTime, firstSeenTime, observation }) => ({
    ...id,
    attempt: 1,
    firstSeenTime: timestampFromMs(firstSeenTime.getTime()),
    observation: {
      cityId,
      observeTime: timestampFromMs(observeTime!.getTime()),
      temperatureCelsius: observation!.temperatureCelsius!,
    },
  }));
  const raw = await Promise.all([1, 2].map(() => callReplay(first.ingestAddress, { rows })));
  expect(raw.map(({ appended, refused }) => [appended, refused.length])).toEqual([
    [3, 0],
    [3, 0],
  ]);
  await lettersOf(client, { readToken: raw[1]!.readToken! });
  expect((await freshLedger(client)).observationsApplied).toBe(applied);
  expect(await stored(client)).toEqual(counted);

  const [impossible] = letters.filter(({ reason }) => reason === 'HUMIDITY_IMPOSSIBLE');
  const id = deadLetterIdText(impossible!.id);
  const unsure = await runCli(['dead-letters', 'purge', id], { ISOTHERM_API: first.apiUrl });
  expect(unsure).toMatchObject({ code: 1, stderr: expect.stringContaining('throw away 1 dead letter for good') });
  expect(await cli(first, 'purge', id, '--yes')).toMatchObject({
    dryRun: false,
    purged: 1,
    matched: [{ reason: 'HUMIDITY_IMPOSSIBLE', count: 1 }],
  });
  expect(await cli<unknown[]>(first, 'list', '--state', 'all')).toHaveLength(3);

  await first.end('SIGKILL');
  await using second = await startPlatformProcess({ dataDirectory: directory.path, ports: first.ports });
  const { readToken: after } = await client.send([reading('late-a', base + 1000, 20)]);
  const left = await lettersOf(client, { readToken: after! });
  expect(left.map(({ reason, state }) => `${reason} ${state}`)).toEqual(Array(3).fill('LATE REPLAYED'));
  expect(await stored(client)).toEqual(counted);
  await callReplay(second.ingestAddress, { rows });
  const last = await client.send([reading('late-a', base + 2000, 20)]);
  await lettersOf(client, { readToken: last.readToken! });
  expect(await stored(client)).toEqual(counted);
});

it('keeps the order of a city, whatever the order in which its letters are named', async () => {
  await using directory = await scratchDirectory();
  await using platform = await startPlatformProcess({ dataDirectory: directory.path });
  await using client = clientOf(platform);
  await client.send([reading('ordered', base, 20)]);
  // One instant, so that stored readings are in the order in which they were applied.
  const instant = base - 2 * HOUR_MS;
  const values = Array.from({ length: 12 }, (_, i) => i);
  let readToken: Awaited<ReturnType<IsothermClient['send']>>['readToken'];
  for (const value of values) ({ readToken } = await client.send([reading('ordered', instant, value)]));
  const letters = await lettersOf(client, { readToken: readToken!, filter: { city: 'ordered' } });
  expect(letters.map(({ observation }) => observation?.temperatureCelsius)).toEqual(values);

  const shuffled = [...letters].sort((a, b) => Number((a.id.offset * 7n) % 11n) - Number((b.id.offset * 7n) % 11n));
  const replay = await client.deadLetters.replay({ ids: shuffled.map(({ id }) => id) });
  expect(replay.replayed).toBe(values.length);
  await lettersOf(client, { readToken: replay.readToken! });
  const temperatures = [];
  for await (const page of client.history('ordered', {
    startTime: instant,
    endTime: instant + 1000,
    resolution: 'RAW',
    readToken: replay.readToken!,
    timeoutMs: 60_000,
  })) {
    temperatures.push(...page.points.map(({ temperature }) => temperature));
  }
  expect(temperatures).toEqual(values);
});

it('counts every letter once when the platform is killed in the middle of a replay and it is sent again', async () => {
  const [cities, readings] = [20, 120];
  await using directory = await scratchDirectory();
  await using first = await startPlatformProcess({ dataDirectory: directory.path });
  await using client = clientOf(first);
  const names = Array.from({ length: cities }, (_, city) => `cut-${city}`);
  await client.send(names.map((cityId) => reading(cityId, base, 20)));
  const late = names.flatMap((cityId) =>
    Array.from({ length: readings }, (_, i) => reading(cityId, base - 2 * HOUR_MS - i * 5000, 10)),
  );
  const { readToken } = await client.send(late);
  const ids = (await lettersOf(client, { readToken: readToken!, pageSize: 2000 })).map(({ id }) => id);
  expect(ids).toHaveLength(cities * readings);

  const parts = [0, 1, 2, 3].map((part) => ids.slice((part * ids.length) / 4, ((part + 1) * ids.length) / 4));
  await client.deadLetters.replay({ ids: parts[0]! });
  // Nobody knows whether the second part arrived: the platform is killed while it is on its way.
  const cutOff = client.deadLetters.replay({ ids: parts[1]! }).catch(() => undefined);
  await first.end('SIGKILL');
  await cutOff;

  await using second = await startPlatformProcess({ dataDirectory: directory.path, ports: first.ports });
  const replay = await cli<{ counted: number; failed: number }>(second, 'replay', ...ids.map(deadLetterIdText));
  expect(replay.failed).toBe(0);
  const after = await client.send([reading('cut-0', base + 1000, 20)]);
  const letters = await lettersOf(client, { readToken: after.readToken!, pageSize: 2000 });
  expect(letters.filter(({ state }) => state !== 'REPLAYED')).toEqual([]);
  const lateReadings = async (cityId: string) =>
    (await minutesOf(client, cityId)).reduce((sum, [ago, count]) => sum + (ago! > 1 ? count! : 0), 0);
  for (const cityId of names) {
    await eventually(
      () => lateReadings(cityId),
      (count) => count === readings,
    );
    const { conditions } = await client.current(cityId, { consistency: 'STRONG' });
    expect(conditions[0]?.observations).toBe(readings + (cityId === 'cut-0' ? 2 : 1));
  }
});

it('counts a reading from the future by itself once its time is near', async () => {
  await using directory = await scratchDirectory();
  await using platform = await startPlatformProcess({ dataDirectory: directory.path });
  await using client = clientOf(platform);
  // A minute later it is less than five minutes ahead, and taken.
  const observeTime = Date.now() + 5 * MINUTE_MS + 30_000;
  const { rejections, readToken } = await client.send([reading('future', observeTime, 33)]);
  expect(rejections.map(({ reason }) => reason)).toEqual(['TIME_IN_FUTURE']);
  const [letter] = await lettersOf(client, { readToken: readToken! });
  expect(letter).toMatchObject({ state: 'WAITING', reason: 'TIME_IN_FUTURE', attempts: 0 });
  expect(letter!.nextAttemptTime!.getTime()).toBe(letter!.firstSeenTime.getTime() + MINUTE_MS);

  const replayed = await eventually(
    () => client.deadLetters.get(letter!.id),
    ({ state }) => state === 'REPLAYED',
    150_000,
  );
  expect(replayed.attempts).toBe(1);
  const { conditions } = await client.current('future', { consistency: 'STRONG' });
  expect(conditions[0]).toMatchObject({ temperature: 33, observations: 1 });
  const metrics = await (await fetch(`${platform.metricsUrl}/metrics`)).text();
  expect(metrics).toMatch(/isotherm_dead_letters_retries\w*\{[^}]*result="sent"[^}]*\} 1\b/);
});
