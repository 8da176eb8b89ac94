/** Reads a city: now, the next hours, the past, and then its next changes as they happen. */
import { parseArgs } from 'node:util';
import { createIsothermClient, IsothermClientError } from '@isotherm/client';

const { values: options } = parseArgs({
  options: {
    ingest: { type: 'string', default: '127.0.0.1:50051' },
    api: { type: 'string', default: 'http://127.0.0.1:8080' },
    city: { type: 'string', default: 'my-roof' },
    changes: { type: 'string', default: '5' },
  },
});
const print = (line: string) => process.stdout.write(`${line}\n`);
const degrees = (celsius: number | undefined) => (celsius === undefined ? 'not measured' : `${celsius.toFixed(2)} °C`);

await using client = createIsothermClient({ ingestUrl: options.ingest, apiUrl: options.api });
try {
  await readAll(options.city);
} catch (error) {
  if (!(error instanceof IsothermClientError)) throw error;
  print(`${error.code}: ${error.message}`); // An unknown city is NOT_FOUND, and the message names near matches.
  process.exitCode = 1;
}

async function readAll(city: string): Promise<void> {
  // STRONG: everything acked before this call is in the answer.
  const { conditions } = await client.current(city, { consistency: 'STRONG' });
  for (const now of conditions) {
    print(`now: ${degrees(now.temperature)}, feels like ${degrees(now.heatIndex)} (${now.heatIndexFormula})`);
    print(`  observed ${now.observeTime.toISOString()}, ${now.observations} observations, heat risk ${now.risk}`);
  }

  const forecast = await client.forecast(city, { hours: 6 });
  print(`forecast: ${forecast.points.length} hours`);
  for (const { validTime, temperature, model } of forecast.points) {
    print(`  ${validTime.toISOString()} ${degrees(temperature)} by ${model}`);
  }

  // The last ten minutes, in minutes. Pages are asked for as the loop goes on.
  for await (const { points } of client.history(city, { startTime: Date.now() - 10 * 60_000, resolution: 'MINUTE' })) {
    print(`history: ${points.length} minutes`);
    for (const { startTime, count, temperature } of points) {
      print(`  ${startTime.toISOString()} ${degrees(temperature)} from ${count}`);
    }
  }

  // The first message is a snapshot, the others are changes. The signal ends the call, and with it the loop.
  const stop = new AbortController();
  let left = Number(options.changes);
  if (left <= 0) return;
  for await (const values of client.watch({ cities: [city], signal: stop.signal })) {
    for (const { observeTime, temperatureCelsius } of values) {
      print(`watch: ${observeTime.toISOString()} ${degrees(temperatureCelsius)}`);
    }
    if (--left <= 0) stop.abort();
  }
}
