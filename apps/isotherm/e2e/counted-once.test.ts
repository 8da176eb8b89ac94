import { createIsothermClient, type IsothermClient, type Observation } from '@isotherm/client';
import { expect, it } from 'vitest';
import { ledgerShowing } from './testing/ledger.ts';
import { type PlatformProcess, startPlatformProcess } from './testing/platform-process.ts';
import { scratchDirectory } from './testing/scratch-directory.ts';

const SESSION = 7n;

/** Writes batches 1, 2, … of the same session over a connection of its own. */
async function sendSession(platform: PlatformProcess, batches: readonly (readonly Observation[])[]) {
  await using client = createIsothermClient({ ingestUrl: platform.ingestAddress, producerId: 'station-7' });
  await using stream = client.openStream({ session: SESSION });
  const results = [];
  for (const batch of batches) results.push(await (await stream.write(batch)).result);
  return results;
}

function reading(city: number, secondsAgo: number, temperatureCelsius: number): Observation {
  return { cityId: `twice-${city}`, observeTime: base - secondsAgo * 1000, temperatureCelsius };
}

const base = Math.floor(Date.now() / 1000) * 1000;
const batch = Array.from({ length: 50 }, (_, city) => reading(city, 30, 20));

it('counts a batch once over two connections and after a restart, and keeps what does not count as dead letters', async () => {
  await using directory = await scratchDirectory();
  await using first = await startPlatformProcess({ dataDirectory: directory.path });
  await using client = clientOf(first);

  // Both connections send sequence 1 of the same session with the same rows.
  const acks = await Promise.all([sendSession(first, [batch]), sendSession(first, [batch])]);
  expect(acks.flat().map(({ accepted }) => accepted)).toEqual([50, 50]);
  await ledgerShowing(client, { observationsApplied: 50, observationsDuplicate: 50, observationsDead: 0 });
  expect(await observationsOf(client, 'twice-7')).toBe(1);

  await first.end('SIGKILL');
  await using second = await startPlatformProcess({ dataDirectory: directory.path, ports: first.ports });
  await sendSession(second, [batch]);
  await ledgerShowing(client, { observationsApplied: 50, observationsDuplicate: 100, observationsDead: 0 });

  // The same sequence with other content is no retry.
  await sendSession(second, [[reading(0, 20, 25), reading(1, 20, 25)]]);
  await ledgerShowing(client, { observationsApplied: 50, observationsDead: 2 });
  expect(await observationsOf(client, 'twice-0')).toBe(1);

  // A reading of two hours ago, when its city has gone on, finds its minute sealed.
  const late = await client.send([reading(0, 2 * 3600, 10)]);
  expect(late).toMatchObject({ accepted: 1, rejected: 0 });
  await ledgerShowing(client, { observationsApplied: 50, observationsDead: 3 });

  // A reading that cannot be true is refused with its reason, and kept all the same.
  const impossible = await client.send([reading(0, 5, 21), { ...reading(1, 5, 21), relativeHumidityPercent: 155 }]);
  expect(impossible).toMatchObject({ accepted: 1, rejected: 1 });
  expect(impossible.rejections[0]).toMatchObject({ row: 1, reason: 'HUMIDITY_IMPOSSIBLE', value: '155' });
  await ledgerShowing(client, { observationsApplied: 51, observationsDead: 4, observationsDuplicate: 100 });
  const { conditions } = await client.current('twice-0', { consistency: 'STRONG' });
  expect(conditions[0]).toMatchObject({ temperature: 21, observations: 2 });
});

function clientOf(platform: PlatformProcess): IsothermClient {
  return createIsothermClient({ ingestUrl: platform.ingestAddress, apiUrl: platform.apiUrl });
}

async function observationsOf(client: IsothermClient, cityId: string): Promise<number | undefined> {
  return (await client.current(cityId, { consistency: 'STRONG' })).conditions[0]?.observations;
}
