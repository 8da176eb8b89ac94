import { openDirectoryCheckpoints } from '../src/index.ts';

/**
 * Claims four partitions and commits to all of them until it is killed: every eighth commit full, segments of a few
 * hundred kB. Writes a line for each commit: partition, offset.
 */
const [path = '', firstOffset = '0'] = process.argv.slice(2);
const store = await openDirectoryCheckpoints({ path });
process.stdout.write('open\n');
await Promise.all([0, 1, 2, 3].map(commitForever));

async function commitForever(partition: number): Promise<never> {
  const claim = await store.claim(partition, `process ${process.pid}`);
  let offset = Number(firstOffset);
  for (;;) {
    const full = offset === Number(firstOffset) || offset % 8 === 0;
    const segment = Buffer.alloc(200_000 + 1000 * (offset % 100), `${partition}:${offset};`);
    const head = { offset, sinkCursor: offset, storedOffset: offset, incarnation: '0'.repeat(16) };
    await store.commit(claim, { ...head, kind: full ? 'full' : 'delta', segment });
    process.stdout.write(`${partition} ${offset}\n`);
    offset++;
  }
}
