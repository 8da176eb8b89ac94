import { offsetsOf, openLmdbLog } from '../src/index.ts';

/**
 * Appends records until it is killed, eight appends under way at a time. Writes `open`, then a line for every record
 * that is appended: partition, offset, text.
 */
const [path = '', run = ''] = process.argv.slice(2);
const log = await openLmdbLog({ path, partitionCount: 4, mode: 'writer' });
process.stdout.write('open\n');
let count = 0;
await Promise.all(Array.from({ length: 8 }, appendForever));

async function appendForever(): Promise<never> {
  for (;;) {
    const group = Array.from({ length: 1 + (count % 5) }, () => ({ partition: count % 4, text: `${run}-${count++}` }));
    const records = group.map(({ partition, text }) => ({
      partition,
      bytes: Buffer.from(text.padEnd(700)),
      weight: 1,
    }));
    const offsets = offsetsOf(await log.append(records));
    process.stdout.write(group.map(({ partition, text }, i) => `${partition} ${offsets[i]} ${text}\n`).join(''));
  }
}
