import { createIsothermClient } from '@isotherm/client';
import { expect, it } from 'vitest';
import { freshLedger } from './testing/ledger.ts';
import { minutePoints } from './testing/minute-points.ts';
import { startPlatformProcess } from './testing/platform-process.ts';
import { scratchDirectory } from './testing/scratch-directory.ts';

it('keeps one observation: read back over every API with its token, and still there after Ctrl-C and another start', async () => {
  await using directory = await scratchDirectory();
  const dataDirectory = directory.path;
  const observeTime = new Date(Date.now() - 1000);

  await using first = await startPlatformProcess({ dataDirectory });
  expect(await (await fetch(`${first.metricsUrl}/readyz`)).json()).toMatchObject({ ready: true });
  expect(first.stdout).toContain(`Dashboard  ${first.apiUrl}/`);
  expect(first.stdout).toContain(`Data       ${dataDirectory}  at most 5 GB`);
  expect(first.stdout).toContain('64 partitions, heat index NWS');

  await using client = createIsothermClient({ ingestUrl: first.ingestAddress, apiUrl: first.apiUrl });
  const ack = await client.send([
    { cityId: 'my-roof', observeTime, temperatureCelsius: 31.5, relativeHumidityPercent: 62 },
  ]);
  expect(ack).toMatchObject({ accepted: 1, rejected: 0, duplicate: false });
  const readToken = ack.readToken!;
  expect(readToken.incarnation).toMatch(/^[0-9a-f]{16}$/);

  const { conditions } = await client.current('my-roof', { readToken });
  expect(conditions[0]).toMatchObject({ temperature: 31.5, relativeHumidityPercent: 62, observeTime, observations: 1 });
  const heatIndex = conditions[0]!.heatIndex!;
  expect(heatIndex).toBeGreaterThan(31.5);

  const json = await (await fetch(`${first.apiUrl}/v1/current/my-roof`)).json();
  expect(json).toMatchObject({ temperature: 31.5, heat_index_formula: 'NWS' });

  const minuteMs = Math.floor(observeTime.getTime() / 60_000) * 60_000;
  const points = await minutePoints(client, 'my-roof', { readToken, startTime: minuteMs, endTime: minuteMs + 60_000 });
  expect(points).toHaveLength(1);
  expect(points[0]).toMatchObject({ startTime: new Date(minuteMs), count: 1, temperature: 31.5 });
  expect(points[0]!.heatIndex).toBeCloseTo(heatIndex, 9);
  const before = await freshLedger(client);
  expect(before).toMatchObject({ observationsAcked: 1, observationsApplied: 1, observationsDead: 0 });

  const stopped = await first.end('SIGINT');
  expect(stopped.code).toBe(0);
  expect(stopped.stderr).not.toMatch(/^\s+at /m);
  expect(stopped.stdout).toContain('Everything acked is kept.');

  await using second = await startPlatformProcess({ dataDirectory });
  await using again = createIsothermClient({ ingestUrl: second.ingestAddress, apiUrl: second.apiUrl });
  const resumed = await again.current('my-roof', { readToken });
  expect(resumed.conditions[0]).toMatchObject({ temperature: 31.5, observeTime, observations: 1 });
  expect(await freshLedger(again)).toEqual(before);
});
