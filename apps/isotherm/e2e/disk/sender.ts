import { strict as assert } from 'node:assert';
import { setTimeout as sleep } from 'node:timers/promises';
import { createIsothermClient, type IsothermClient, type ReadToken } from '@isotherm/client';
import { eventually } from '../testing/eventually.ts';
import type { PlatformProcess } from '../testing/platform-process.ts';

/** A producer outside of the platform that counts what it sent and what was acked. */
export interface Sender extends AsyncDisposable {
  readonly client: IsothermClient;
  /** Batches acked so far. */
  readonly acked: number;
  /** Sends until so many more batches are acked. */
  sendMore(batches: number): Promise<void>;
  /** Goes on sending by itself. */
  start(): void;
  /** Stops sending; resolves when everything sent is acked. */
  settle(): Promise<void>;
  /** Every city has at least what is acked and at most what was sent; exact when all is settled. */
  expectBounds(): Promise<void>;
  /** Every minute and every single observation of a city is stored, once. */
  expectStored(): Promise<void>;
}

const CITIES = 10;
/** Readings of a city in a batch, one a second. */
const SECONDS = 30;
const PAUSE_MS = 5;

/** Creates a sender to a platform; batches that are refused are sent again for as long as it lives. */
export function createSender(platform: PlatformProcess): Sender {
  const client = createIsothermClient({
    ingestUrl: platform.ingestAddress,
    apiUrl: platform.apiUrl,
    producerId: 'disk-tests',
    retry: { maxElapsedMs: 600_000, maxDelayMs: 200 },
  });
  const cityIds = Array.from({ length: CITIES }, (_, city) => `disk-${city}`);
  const startMs = Math.floor(Date.now() / 3_600_000) * 3_600_000 - 20 * 24 * 3_600_000;
  const stop = new AbortController();
  const stream = client.openStream({ returnTokens: true, signal: stop.signal });
  const cities = cityIds.map((cityId) => stream.cityIndex(cityId));
  let sent = 0;
  let acked = 0;
  let sending = false;
  let loop: Promise<void> = Promise.resolve();
  let readToken: ReadToken | undefined;

  async function sendOne(): Promise<void> {
    const rows = CITIES * SECONDS;
    const batch = sent++;
    const { result } = await stream.write({
      cityIndex: Uint32Array.from({ length: rows }, (_, row) => cities[row % CITIES] ?? 0),
      baseUnixMs: startMs + batch * SECONDS * 1000,
      observedOffsetMs: Uint32Array.from({ length: rows }, (_, row) => Math.floor(row / CITIES) * 1000),
      temperatureCelsius: { scale: 2, unscaled: new Int32Array(rows).fill(2500) },
      relativeHumidityPercent: { scale: 2, unscaled: new Int32Array(rows).fill(5000) },
    });
    result.then(
      (ack) => {
        acked += 1;
        readToken = ack.readToken;
      },
      () => undefined,
    );
  }

  async function run(): Promise<void> {
    while (sending) {
      await sendOne();
      await sleep(PAUSE_MS);
    }
  }

  const sender: Sender = {
    client,
    get acked() {
      return acked;
    },
    start() {
      if (sending) return;
      sending = true;
      loop = run().catch(() => undefined);
    },
    async sendMore(batches) {
      const wanted = acked + batches;
      sender.start();
      await eventually(
        async () => acked,
        (count) => count >= wanted,
      );
    },
    async settle() {
      sending = false;
      await loop;
      await eventually(
        async () => sent - acked,
        (open) => open === 0,
      );
    },
    async expectBounds() {
      const atLeast = acked * SECONDS;
      const { conditions } = await client.current(cityIds, { consistency: 'STRONG', timeoutMs: 30_000 });
      const atMost = sent * SECONDS;
      assert.equal(conditions.length, CITIES);
      for (const { city, observations } of conditions) {
        assert.ok(observations >= atLeast, `${city.cityId} has ${observations} observations, ${atLeast} are acked`);
        assert.ok(observations <= atMost, `${city.cityId} has ${observations} observations, ${atMost} were sent`);
        assert.equal(observations % SECONDS, 0, `${city.cityId} has half a slice`);
      }
    },
    async expectStored() {
      const of = { startTime: startMs, endTime: startMs + sent * SECONDS * 1000, ...(readToken && { readToken }) };
      for (const resolution of ['MINUTE', 'RAW'] as const) {
        let count = 0;
        for await (const page of client.history('disk-0', { ...of, resolution, pageSize: 10_000, timeoutMs: 60_000 })) {
          count += page.points.reduce((sum, point) => sum + point.count, 0);
        }
        assert.equal(count, sent * SECONDS, `${resolution} of disk-0`);
      }
    },
    async [Symbol.asyncDispose]() {
      sending = false;
      stop.abort();
      await loop;
      await client.close();
    },
  };
  return sender;
}
