import { setTimeout as sleep } from 'node:timers/promises';
import { createIsothermClient, type IsothermClient, type ReadToken } from '@isotherm/client';
import { expect, it } from 'vitest';
import { ledgerShowing } from './testing/ledger.ts';
import { startPlatformProcess } from './testing/platform-process.ts';
import { scratchDirectory } from './testing/scratch-directory.ts';

const WRITES = 150;
const PROBES = 8;
const LOAD_CITIES = 1000;
/** Pause between two batches of the load, each of LOAD_CITIES readings. */
const LOAD_PAUSE_MS = 20;

/** Sends reading after reading of many cities until it is stopped. @returns how many were acked. */
async function runLoad(client: IsothermClient, signal: AbortSignal): Promise<number> {
  await using stream = client.openStream();
  const cityIndex = Uint32Array.from({ length: LOAD_CITIES }, (_, city) => stream.cityIndex(`load-${city}`));
  let acked = 0;
  while (!signal.aborted) {
    const batch = await stream.write({
      cityIndex,
      baseUnixMs: Date.now(),
      observedOffsetMs: new Uint32Array(LOAD_CITIES),
      temperatureCelsius: { scale: 1, unscaled: new Int32Array(LOAD_CITIES).fill(200) },
    });
    batch.result.then(
      ({ accepted }) => {
        acked += accepted;
      },
      () => undefined,
    );
    await sleep(LOAD_PAUSE_MS);
  }
  await stream.flush();
  return acked;
}

it('lets a client that writes and reads in a loop see every write while others send, by token and by STRONG', async () => {
  await using directory = await scratchDirectory();
  await using platform = await startPlatformProcess({ dataDirectory: directory.path });
  const addresses = { ingestUrl: platform.ingestAddress, apiUrl: platform.apiUrl };
  await using client = createIsothermClient(addresses);
  await using others = createIsothermClient(addresses);
  const over = new AbortController();
  const load = runLoad(others, over.signal);
  const unseen: unknown[] = [];
  let last: ReadToken | undefined;
  for (let write = 0; write < WRITES; write++) {
    const cityId = `probe-${write % PROBES}`;
    const temperatureCelsius = write / 10;
    const { readToken } = await client.send([{ cityId, observedAt: Date.now(), temperatureCelsius }]);
    expect(readToken?.partitions).toHaveLength(1);
    last = readToken;
    const wish = write % 2 === 0 && readToken !== undefined ? { readToken } : { consistency: 'STRONG' as const };
    const { conditions } = await client.current(cityId, wish);
    const found = conditions[0]?.temperature;
    if (found !== temperatureCelsius) unseen.push({ write, wish, found });
  }
  expect(unseen).toEqual([]);

  // A token of an offset that is not there yet: what it waited for is said when its time is up.
  if (last === undefined) throw new Error('there was no token');
  const ahead = { ...last, offsets: last.offsets.map((offset) => offset + 1_000_000n) };
  const failure: unknown = await client
    .current(`probe-${(WRITES - 1) % PROBES}`, { readToken: ahead, timeoutMs: 500 })
    .catch((error: unknown) => error);
  expect(failure).toMatchObject({ code: 'DEADLINE_EXCEEDED', id: 'READ_NOT_YET_APPLIED' });
  const { metadata } = failure as { metadata: Readonly<Record<string, string>> };
  expect(metadata['wanted']).toBe(String(ahead.offsets[0]));
  expect(Number(metadata['applied'])).toBeGreaterThanOrEqual(Number(last.offsets[0]));

  over.abort();
  const acked = (await load) + WRITES;
  await ledgerShowing(client, { observationsAcked: acked, observationsApplied: acked, observationsDuplicate: 0 });
});
