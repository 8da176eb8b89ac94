import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { createIsothermClient } from '@isotherm/client';
import { type SendPlan, sendSeconds } from './send-seconds.ts';

/**
 * The reference: the same client sending the same messages to a gRPC server on another thread that answers each
 * without looking inside. What the platform reaches is a share of this.
 * @returns observations a second.
 */
export async function transportOnly(plan: SendPlan): Promise<number> {
  const worker = new Worker(new URL('./transport-sink.ts', import.meta.url));
  const [address] = (await once(worker, 'message')) as [string];
  try {
    await using client = createIsothermClient({ ingestUrl: address, producerId: 'reference' });
    const startedMs = performance.now();
    const sent = await sendSeconds(client, plan);
    return sent / ((performance.now() - startedMs) / 1000);
  } finally {
    await worker.terminate();
  }
}
