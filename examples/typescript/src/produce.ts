/** A weather station on a roof: sends the past two hours out of its buffer, then a reading a second until Ctrl-C. */
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { createIsothermClient, type Observation, type SentBatch } from '@isotherm/client';

const { values: options } = parseArgs({
  options: {
    ingest: { type: 'string', default: '127.0.0.1:50051' },
    api: { type: 'string', default: 'http://127.0.0.1:8080' },
    city: { type: 'string', default: 'my-roof' },
  },
});
const print = (line: string) => process.stdout.write(`${line}\n`);
const stop = new AbortController();
process.once('SIGINT', () => stop.abort());

await using client = createIsothermClient({
  ingestUrl: options.ingest,
  apiUrl: options.api,
  producerId: 'example-typescript', // The same from run to run; each run has a session of its own.
});
const stream = client.openStream();

// The buffer, oldest first: a reading every ten seconds for a good two hours, and one that no sensor can have meant.
const now = Math.floor(Date.now() / 10_000) * 10_000;
const buffer = Array.from({ length: 750 }, (_, index) => reading(now - (750 - index) * 10_000));
buffer.push({ ...reading(now), relativeHumidityPercent: 155 });

for (let first = 0; first < buffer.length; first += 100) {
  // Resolves when there is room: with 32 batches unanswered this loop waits for the platform.
  report(await stream.write(buffer.slice(first, first + 100)));
}
await stream.flush(); // Everything so far is on disk, or this throws.
print('buffer sent; now a reading a second, Ctrl-C stops it');

while (!stop.signal.aborted) {
  report(await stream.write([reading(Date.now())]));
  await sleep(1000, undefined, { signal: stop.signal }).catch(() => undefined);
}
await stream.close(); // Waits for the acks that are still out.
print('stopped, nothing unanswered');

/** Prints what became of a batch, when the answer comes. Bad rows are data: the rest of the batch is kept. */
function report({ sequence, result }: SentBatch): void {
  result.then(
    ({ accepted, rejections }) => {
      print(`batch ${sequence}: ${accepted} accepted`);
      for (const { row, reason, message } of rejections) print(`  row ${row} rejected, ${reason}: ${message}`);
    },
    (error: Error) => print(`batch ${sequence} not kept: ${error.message}`),
  );
}

/** What the thermometer said: a slow wave, so that there is something to see. */
function reading(observeTime: number): Observation {
  const phase = (observeTime / 3_600_000) * Math.PI;
  return {
    cityId: options.city,
    observeTime,
    temperatureCelsius: Number((31 + 2 * Math.sin(phase)).toFixed(2)),
    relativeHumidityPercent: 62,
    windSpeedMps: 3.4,
  };
}
