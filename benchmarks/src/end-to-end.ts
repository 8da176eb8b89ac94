import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { loadCatalogue } from '@isotherm/catalogue';
import { createIsothermClient } from '@isotherm/client';
import { scratchDirectory, startPlatformProcess } from 'isotherm/testing';
import { checkRows } from './check-rows.ts';
import { type SendPlan, sendSeconds } from './send-seconds.ts';
import { transportOnly } from './transport-reference.ts';

const CATALOGUE = fileURLToPath(new URL('../../samples/cities.csv.gz', import.meta.url));

/** Options of {@link endToEnd}. */
export interface EndToEndOptions {
  /** Whether raw rows are stored as well. */
  readonly raw: boolean;
  readonly cities: number;
  readonly seconds: number;
  readonly streams: number;
}

/** What was measured. */
export interface EndToEndResult {
  readonly observations: number;
  /** Until the last ack. */
  readonly ackedPerSecond: number;
  /** Until the last minute's rows were read back. */
  readonly storedPerSecond: number;
  readonly transportPerSecond: number;
  readonly rowsCompared: number;
  readonly rowsWrong: number;
}

/**
 * The whole path with durable acks: gRPC, log, compute, minute rows in ClickHouse. The clock stops when every
 * observation is in a stored row; a sample of cities is then read back and compared with a plain loop.
 */
export async function endToEnd(options: EndToEndOptions): Promise<EndToEndResult> {
  const catalogue = await loadCatalogue({ path: CATALOGUE });
  const cityIds = catalogue.largest(options.cities).map((city) => city.cityId);
  const startMs = Math.floor((Date.now() - (options.seconds + 120) * 1000) / 60_000) * 60_000;
  const plan: SendPlan = { cityIds, startMs, seconds: options.seconds, streams: options.streams, rowsPerMessage: 1000 };
  const transportPerSecond = await transportOnly({ ...plan, seconds: Math.min(300, plan.seconds) });

  await using directory = await scratchDirectory();
  await using platform = await startPlatformProcess({
    dataDirectory: directory.path,
    flags: ['--disk-cap', '40GB', ...(options.raw ? [] : ['--no-raw'])],
  });
  await using client = createIsothermClient({
    ingestUrl: platform.ingestAddress,
    apiUrl: platform.apiUrl,
    producerId: 'benchmark',
  });
  const beganMs = performance.now();
  const observations = await sendSeconds(client, plan);
  const ackedMs = performance.now() - beganMs;
  // A last reading a partition with a token: reading it back stores all that came before.
  const tokens = await client.send(
    cityIds
      .slice(0, 2000)
      .map((cityId) => ({ cityId, observeTime: startMs + options.seconds * 1000, temperatureCelsius: 20 })),
  );
  const first = cityIds[0] ?? '';
  for await (const _page of client.history(first, {
    startTime: startMs,
    endTime: startMs + options.seconds * 1000 + 60_000,
    ...(tokens.readToken === undefined ? {} : { readToken: tokens.readToken }),
    timeoutMs: 300_000,
  }));
  for (;;) {
    const { stats } = await client.status();
    if ((stats?.observationsStored ?? 0) >= observations) break;
    await sleep(20);
  }
  const storedMs = performance.now() - beganMs;
  const { rowsCompared, rowsWrong } = await checkRows(client, plan, Math.ceil(cityIds.length / 200));
  return {
    observations,
    ackedPerSecond: (observations / ackedMs) * 1000,
    storedPerSecond: (observations / storedMs) * 1000,
    transportPerSecond,
    rowsCompared,
    rowsWrong,
  };
}
