import { setTimeout as sleep } from 'node:timers/promises';
import { parentPort, workerData } from 'node:worker_threads';
import { createIsothermClient } from '@isotherm/client';

/** What a probe tells when it is asked: ack times since the last question, in ms, and batches acked so far. */
export interface ProbeReport {
  readonly ackMs: readonly number[];
  readonly acked: number;
}

/** Pause between two readings. */
const PAUSE_MS = 20;

const port = parentPort;
if (port === null) throw new Error('probe-thread.ts runs as a worker thread only.');
await using client = createIsothermClient({ ingestUrl: workerData as string, producerId: 'probe' });
let ackMs: number[] = [];
let acked = 0;
let over = false;
port.on('message', (question: 'report' | 'end') => {
  if (question === 'end') over = true;
  else {
    port.postMessage({ ackMs, acked } satisfies ProbeReport);
    ackMs = [];
  }
});
while (!over) {
  const beganMs = performance.now();
  const { accepted } = await client.send([{ cityId: 'probe', observeTime: Date.now(), temperatureCelsius: 20 }]);
  ackMs.push(performance.now() - beganMs);
  acked += accepted;
  await sleep(PAUSE_MS);
}
port.postMessage({ ackMs, acked } satisfies ProbeReport);
port.close();
