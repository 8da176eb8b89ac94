import { createIsothermClient, type Observation } from '@isotherm/client';
import { expect, it } from 'vitest';
import { startPlatformProcess } from './testing/platform-process.ts';
import { runCli } from './testing/run-cli.ts';
import { scratchDirectory } from './testing/scratch-directory.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;

it('An ack counts the late readings it knows of, and the letter of a replay that fails names the 26 hours and the option', async () => {
  await using directory = await scratchDirectory();
  await using platform = await startPlatformProcess({ dataDirectory: directory.path });
  await using client = createIsothermClient({ ingestUrl: platform.ingestAddress, apiUrl: platform.apiUrl });
  const newestMs = Date.now() - MINUTE_MS;
  const hoursAgo = [0, 1.5, 3, 25, 30];
  const batch: Observation[] = hoursAgo.map((hours) => ({
    cityId: 'newest-first',
    observeTime: newestMs - hours * HOUR_MS,
    temperatureCelsius: 20,
  }));

  const { accepted, rejected, late, readToken } = await client.send(batch);
  expect({ accepted, rejected, late }).toEqual({ accepted: 5, rejected: 0, late: 4 });
  const letters = async () => {
    const found = [];
    for await (const letter of client.deadLetters.list({ readToken: readToken!, timeoutMs: 60_000 }))
      found.push(letter);
    return found;
  };
  const before = await letters();
  expect(before).toHaveLength(late);
  for (const { reason, message } of before) {
    expect(reason).toBe('LATE');
    expect(message).toContain('Replay it: up to 26 hours behind');
  }

  const api = ['--api', platform.apiUrl];
  const replay = await runCli(['dead-letters', 'replay', '--reason', 'late', '--json', ...api]);
  expect(JSON.parse(replay.stdout)).toMatchObject({ replayed: 4, counted: 3, failed: 1 });
  const [failed] = (await letters()).filter(({ state }) => state === 'PARKED');
  expect(failed!.causes.at(-1)!.message).toContain('more than 26 hours behind the newest hour of its city');
  expect(failed!.causes.at(-1)!.message).not.toContain('Replay it');
  const { partition, offset, row } = failed!.id;
  const shown = await runCli(['dead-letters', 'show', `${partition}/${offset}/${row}`, ...api]);
  expect(shown.stdout).toContain('--allowed-lateness');
});

it('A log made with a longer allowed lateness counts what is late elsewhere, and keeps it at the next start', async () => {
  await using directory = await scratchDirectory();
  const start = (args: readonly string[]) => startPlatformProcess({ dataDirectory: directory.path, flags: [...args] });
  {
    await using platform = await start(['--allowed-lateness', '7200']);
    await using client = createIsothermClient({ ingestUrl: platform.ingestAddress, apiUrl: platform.apiUrl });
    const batch = [0, 1.2, 1.9].map((hours) => ({
      cityId: 'patient',
      observeTime: Date.now() - MINUTE_MS - hours * HOUR_MS,
      temperatureCelsius: 20,
    }));
    const { late, readToken } = await client.send(batch);
    expect(late).toBe(0);
    const { conditions } = await client.current('patient', { readToken: readToken! });
    expect(conditions[0]!.observations).toBe(3);
    await platform.end('SIGTERM');
  }
  await using again = await start([]);
  await using client = createIsothermClient({ ingestUrl: again.ingestAddress, apiUrl: again.apiUrl });
  expect(
    (await client.send([{ cityId: 'patient', observeTime: Date.now() - 1.5 * HOUR_MS, temperatureCelsius: 1 }])).late,
  ).toBe(0);
  await again.end('SIGTERM');
  await expect(start(['--allowed-lateness', '60'])).rejects.toThrow('allowedLatenessMs 7200000');
});
