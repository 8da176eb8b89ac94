import { createIsothermClient, type ReadToken } from '@isotherm/client';
import { expect, it } from 'vitest';
import { eventually } from './testing/eventually.ts';
import { startPlatformProcess } from './testing/platform-process.ts';
import { scratchDirectory } from './testing/scratch-directory.ts';
import { expectCountedOnce, secondsOfCities, writeSecond } from './testing/seconds-of-cities.ts';

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
  let acked = 0;
  let accepted = 0;
  let readToken: ReadToken | undefined;
  const sending = (async () => {
    for (let second = 0; second < SECONDS; second++) {
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
    await stream.flush();
  })();
  await eventually(
    async () => acked,
    (count) => count >= SECONDS / 4,
  );
  expect(await first.end('SIGKILL')).toMatchObject({ signal: 'SIGKILL' });
  expect(acked).toBeLessThan(SECONDS);

  await using second = await startPlatformProcess({ ...options, ports: first.ports });
  expect(second.ports).toEqual(first.ports);
  await sending;
  expect(accepted).toBe(CITIES * SECONDS);
  await expectCountedOnce(client, seconds, { count: SECONDS, readToken: readToken!, step: 1 });
});
