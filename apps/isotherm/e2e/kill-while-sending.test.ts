import { createIsothermClient, type ObservationStream, type ReadToken } from '@isotherm/client';
import { expect, it } from 'vitest';
import { eventually } from './testing/eventually.ts';
import { ledgerShowing } from './testing/ledger.ts';
import { minutePoints } from './testing/minute-points.ts';
import { type CentiReading, expectSameMinutes, naiveMinutes } from './testing/naive-minutes.ts';
import { startPlatformProcess } from './testing/platform-process.ts';
import { scratchDirectory } from './testing/scratch-directory.ts';

const CITIES = 40;
const SECONDS = 400;

/** A reading a city and second: what they are follows from city and second alone. */
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

async function sendSecond(stream: ObservationStream, readings: readonly CentiReading[]) {
  const column = (pick: (reading: CentiReading) => number) => ({ scale: 2, unscaled: Int32Array.from(readings, pick) });
  return await stream.write({
    cityIndex: Uint32Array.from(readings, ({ city }) => stream.cityIndex(`crash-${city}`)),
    baseUnixMs: readings[0]!.observedMs,
    observedOffsetMs: new Uint32Array(readings.length),
    temperatureCelsius: column(({ temperatureCenti }) => temperatureCenti),
    relativeHumidityPercent: column(({ humidityCenti }) => humidityCenti),
    windSpeedMps: column(({ windCenti }) => windCenti),
  });
}

it('counts every acked observation once when it is killed in the middle of sending and the producer retries blindly', async () => {
  await using directory = await scratchDirectory();
  const options = { dataDirectory: directory.path, flags: ['--checkpoint', '1'] };
  const startMs = Math.floor(Date.now() / 60_000) * 60_000 - 10 * 60_000;
  const readings = Array.from({ length: SECONDS }, (_, second) =>
    Array.from({ length: CITIES }, (_, city) => readingOf(city, second, startMs)),
  );

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
    for (const second of readings) {
      const { result } = await sendSecond(stream, second);
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
  const ledger = await ledgerShowing(client, { observationsApplied: CITIES * SECONDS });
  expect(ledger.observationsDead).toBe(0);
  expect(ledger.observationsAcked).toBe(ledger.observationsApplied + ledger.observationsDuplicate);

  // The last batch holds every city: its token covers all of them.
  const seen = { readToken: readToken!, from: startMs, to: startMs + SECONDS * 1000 };
  for (let city = 0; city < CITIES; city++) {
    const points = await minutePoints(client, `crash-${city}`, seen);
    expectSameMinutes(points, naiveMinutes(readings.flatMap((row) => row.filter((one) => one.city === city))));
  }
  const { conditions } = await client.current(Array.from({ length: CITIES }, (_, city) => `crash-${city}`));
  expect(conditions.map(({ observations }) => observations)).toEqual(new Array(CITIES).fill(SECONDS));
});
