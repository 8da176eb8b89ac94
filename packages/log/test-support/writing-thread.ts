import { parentPort, workerData } from 'node:worker_threads';
import { offsetsOf, openLmdbLog } from '../src/index.ts';

/** Appends without a pause and tells its parent the offset after what is acked; made to be terminated in the middle. */
const { path, flushState } = workerData as { readonly path: string; readonly flushState: SharedArrayBuffer };
const log = await openLmdbLog({ path, partitionCount: 4, mode: 'writer', flushState, takeOver: true });
const IN_FLIGHT = 16;
const bytes = new Uint8Array(16_384).fill(7);
const appendOn = async () => {
  for (;;) {
    const offsets = offsetsOf(await log.append([0, 1, 2, 3].map((partition) => ({ partition, bytes, weight: 1 }))));
    parentPort?.postMessage(offsets.map((offset) => Number(offset) + 1));
  }
};
await Promise.all(Array.from({ length: IN_FLIGHT }, appendOn));
