import { setTimeout as sleep } from 'node:timers/promises';
import { createIsothermClient, type IsothermClient, type ObservationStream } from '@isotherm/client';
import { deadRowsOf, LATEST_MS, MOST_DEAD_ROWS, REJECTED_ROWS } from './dead-rows.ts';
import type { OutsideLedger } from './outside-ledger.ts';
import { firstCity, readingAt, rowsPerBatch, type Workload } from './workload.ts';

/** Producers that send at a steady rate, write every batch down first, and retry blindly under the same identity. */
export interface Producers {
  /** Goes on sending new batches. */
  resume(): void;
  /** Sends no new batch; resolves when every batch sent is acked. */
  settle(): Promise<void>;
  /** Acks so far. */
  readonly acks: number;
  /** The first failure: a batch was refused for good. */
  readonly failure: Error | undefined;
  close(): Promise<void>;
}

/** Starts producers that send through `target`; they wait for {@link Producers.resume}. */
export function startProducers(
  deps: { readonly workload: Workload; readonly ledger: OutsideLedger; readonly target: string },
  options: {
    /** Observations a second, over all producers. */
    readonly rate: number;
  },
): Producers {
  const { workload, ledger, target } = deps;
  const client: IsothermClient = createIsothermClient({
    ingestUrl: target,
    // Longer than any restart; nothing is given up.
    retry: { maxElapsedMs: 3_000_000, maxDelayMs: 500 },
  });
  const intervalMs = (1000 * rowsPerBatch(workload) * workload.producers) / options.rate;
  let resumed = Promise.withResolvers<void>();
  let sending = false;
  let over = false;
  let acks = 0;
  let failure: Error | undefined;
  const stop = new AbortController();
  const streams = Array.from({ length: workload.producers }, (_, producer) =>
    client.openStream({ producerId: `crash-producer-${producer}`, signal: stop.signal }),
  );
  /** Loops that are between two batches while nothing is sent. */
  const resting = new Set<number>();

  function noteAck(producer: number, batch: number, result: Promise<{ accepted: number; rejected: number }>): void {
    result.then(
      (ack) => {
        ledger.acked(producer, batch, ack);
        acks += 1;
        if (ack.rejected !== REJECTED_ROWS) {
          failure ??= new Error(
            `Batch ${batch} of producer ${producer} has ${ack.rejected} rejected rows, not ${REJECTED_ROWS}`,
          );
        }
      },
      (error: Error) => {
        if (!over) failure ??= error;
      },
    );
  }

  async function produce(producer: number, stream: ObservationStream): Promise<void> {
    const compose = batchComposer(workload, producer, stream);
    let dueMs = performance.now();
    for (let batch = 0; !over; batch++) {
      if (!sending) {
        resting.add(producer);
        await resumed.promise;
        resting.delete(producer);
        if (over) return;
      }
      dueMs = Math.max(dueMs, performance.now() - intervalMs) + intervalMs;
      if (dueMs > performance.now()) await sleep(dueMs - performance.now());
      ledger.sending(producer, batch);
      const sent = await stream.write(compose(batch));
      if (sent.sequence !== batch + 1) throw new Error(`Batch ${batch} got sequence ${sent.sequence}`);
      noteAck(producer, batch, sent.result);
    }
  }

  for (const [producer, stream] of streams.entries()) {
    produce(producer, stream).catch((error: Error) => {
      if (!over) failure ??= error;
    });
  }
  return {
    get acks() {
      return acks;
    },
    get failure() {
      return failure;
    },
    resume() {
      sending = true;
      resumed.resolve();
      resumed = Promise.withResolvers();
    },
    async settle() {
      sending = false;
      while (resting.size < streams.length || streams.some((stream) => stream.inFlight > 0)) {
        if (failure !== undefined) throw failure;
        await sleep(5);
      }
      // Acks are written down a turn after they arrive.
      await sleep(0);
    },
    async close() {
      over = true;
      resumed.resolve();
      // What is not acked by now never will be: the client would wait for it.
      stop.abort();
      await client.close();
    },
  };
}

/** Makes the batches of a producer: every city's reading of each of the batch's seconds, second by second, then its dead rows. */
function batchComposer(workload: Workload, producer: number, stream: ObservationStream) {
  const { citiesPerProducer, secondsPerBatch, cityIds, startMs } = workload;
  const first = firstCity(workload, producer);
  const rows = rowsPerBatch(workload);
  const most = rows + MOST_DEAD_ROWS;
  const indices = Array.from({ length: citiesPerProducer }, (_, i) => stream.cityIndex(cityIds[first + i] ?? ''));
  const cityIndex = Uint32Array.from({ length: most }, (_, row) => indices[row % citiesPerProducer] ?? 0);
  const observedOffsetMs = new Uint32Array(most);
  const columns = { t: new Int32Array(most), h: new Int32Array(most), w: new Int32Array(most) };
  return (batch: number) => {
    const firstSecond = batch * secondsPerBatch;
    for (let row = 0; row < rows; row++) {
      const second = firstSecond + Math.floor(row / citiesPerProducer);
      const reading = readingAt(first + (row % citiesPerProducer), second);
      observedOffsetMs[row] = LATEST_MS + second * 1000;
      columns.t[row] = reading.temperatureCenti;
      columns.h[row] = reading.humidityCenti;
      columns.w[row] = reading.windCenti;
    }
    let count = rows;
    for (const dead of deadRowsOf(workload, producer, batch)) {
      cityIndex[count] = indices[dead.city - first] ?? 0;
      observedOffsetMs[count] = LATEST_MS - dead.beforeStartMs;
      columns.t[count] = dead.temperatureCenti;
      columns.h[count] = dead.humidityCenti;
      columns.w[count] = dead.windCenti;
      count += 1;
    }
    return {
      cityIndex: cityIndex.subarray(0, count),
      baseUnixMs: startMs - LATEST_MS,
      observedOffsetMs: observedOffsetMs.subarray(0, count),
      temperatureCelsius: { scale: 2, unscaled: columns.t.subarray(0, count) },
      relativeHumidityPercent: { scale: 2, unscaled: columns.h.subarray(0, count) },
      windSpeedMps: { scale: 2, unscaled: columns.w.subarray(0, count) },
    };
  };
}
