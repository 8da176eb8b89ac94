import { createIsothermClient } from '@isotherm/client';
import { expect, it } from 'vitest';
import { eventually } from './testing/eventually.ts';
import { startPlatformProcess } from './testing/platform-process.ts';
import { scratchDirectory } from './testing/scratch-directory.ts';
import { expectCountedOnce, newAckTally, secondsOfCities, writeSeconds } from './testing/seconds-of-cities.ts';

const CITIES = 40;
const SECONDS = 400;

it('counts every acked observation once when it is killed in the middle of sending and the producer retries blindly', async () => {
  await using directory = await scratchDirectory();
  const options = { dataDirectory: directory.path, flags: ['--checkpoint', '1'] };
  const seconds = secondsOfCities('crash', CITIES, 10);

  await using first = await startPlatformProcess(options);
  await using client = createIsothermClient({
    ingestUrl: first.ingestAddress,
    apiUrl: first.apiUrl,
    producerId: 'blind-retries',
    retry: { maxDelayMs: 500 },
  });
  const stream = client.openStream({ returnTokens: true });
  const tally = newAckTally();
  const sending = writeSeconds(stream, seconds, { from: 0, to: SECONDS, tally }).then(() => stream.flush());
  await eventually(
    async () => tally.acked,
    (count) => count >= SECONDS / 4,
  );
  expect(await first.end('SIGKILL')).toMatchObject({ signal: 'SIGKILL' });
  expect(tally.acked).toBeLessThan(SECONDS);

  await using second = await startPlatformProcess({ ...options, ports: first.ports });
  expect(second.ports).toEqual(first.ports);
  await sending;
  expect(tally.accepted).toBe(CITIES * SECONDS);
  await expectCountedOnce(client, seconds, { count: SECONDS, readToken: tally.readToken!, step: 1 });
});
