import { setTimeout as sleep } from 'node:timers/promises';
import { createIsothermClient, type IsothermClient, IsothermClientError, type ReadToken } from '@isotherm/client';
import { expect, it } from 'vitest';
import { eventually } from './testing/eventually.ts';
import { ledgerShowing } from './testing/ledger.ts';
import { startPlatformProcess } from './testing/platform-process.ts';
import { scratchDirectory } from './testing/scratch-directory.ts';

/** As many writes as there is time for on a slow machine, and no more than these. */
const MAX_WRITES = 150;
const MIN_WRITES = 10;
const WRITING_MS = 30_000;
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
  load.catch(() => undefined);
  const unseen: unknown[] = [];
  let last: ReadToken | undefined;
  let writes = 0;
  const untilMs = Date.now() + WRITING_MS;
  for (let write = 0; write < MAX_WRITES && (write < MIN_WRITES || Date.now() < untilMs); write++) {
    const cityId = `probe-${write % PROBES}`;
    const temperatureCelsius = write / 10;
    const { readToken } = await client.send([{ cityId, observeTime: Date.now(), temperatureCelsius }]);
    expect(readToken?.partitions).toHaveLength(1);
    last = readToken;
    const wish = write % 2 === 0 && readToken !== undefined ? { readToken } : { consistency: 'STRONG' as const };
    const { conditions } = await client.current(cityId, wish);
    const found = conditions[0]?.temperature;
    if (found !== temperatureCelsius) unseen.push({ write, wish, found });
    writes += 1;
  }
  expect(unseen).toEqual([]);

  over.abort();
  const acked = (await load) + writes;
  await ledgerShowing(client, { observationsAcked: acked, observationsApplied: acked, observationsDuplicate: 0 });

  // A token of an offset that is not there yet: what it waited for is said when its time is up. Where the machine is
  // so slow that the client's own clock is up before the answer is there, it is asked again.
  if (last === undefined) throw new Error('there was no token');
  const ahead = { ...last, offsets: last.offsets.map((offset) => offset + 1_000_000n) };
  const cityId = `probe-${(writes - 1) % PROBES}`;
  const failure = await eventually(
    () => client.current(cityId, { readToken: ahead, timeoutMs: 1_000 }).then(() => undefined, failureOf),
    (found) => found?.id === 'READ_NOT_YET_APPLIED',
  );
  expect(failure?.code).toBe('DEADLINE_EXCEEDED');
  expect(failure?.metadata['wanted']).toBe(String(ahead.offsets[0]));
  expect(Number(failure?.metadata['applied'])).toBeGreaterThanOrEqual(Number(last.offsets[0]));
});

function failureOf(error: unknown): IsothermClientError {
  if (error instanceof IsothermClientError) return error;
  throw error;
}
