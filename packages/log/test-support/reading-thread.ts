import { parentPort, workerData } from 'node:worker_threads';
import { openLmdbLog } from '../src/index.ts';

/** What a reading thread is told. */
export interface ReadingThreadData {
  readonly path: string;
  readonly partitionCount: number;
  readonly partitions: readonly number[];
  readonly flushState: SharedArrayBuffer;
  /** It ends after so many entries. */
  readonly entries: number;
}

const data = workerData as ReadingThreadData;
await using log = await openLmdbLog({ ...data, mode: 'reader' });
await using reader = await log.openReader(new Map(data.partitions.map((partition) => [partition, 0])));
const read: string[] = [];
parentPort?.postMessage('open');
while (read.length < data.entries) {
  const { entries } = await reader.poll({ maxBytes: 50_000 });
  for (const { partition, offset, bytes } of entries) {
    read.push(`${partition}/${offset} ${Buffer.from(bytes).toString().trimEnd()}`);
  }
}
parentPort?.postMessage(read);
