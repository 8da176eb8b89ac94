import { openLmdbLog } from '../src/index.ts';

/** Reads partition 0 of the log of another process to `entries` entries, and writes each as a line. */
const [path = '', entries = '0'] = process.argv.slice(2);
// A test that failed waits for nobody.
const parent = process.ppid;
setInterval(() => process.ppid === parent || process.exit(1), 500).unref();
await using log = await openLmdbLog({ path, partitionCount: 4, mode: 'reader' });
await using reader = await log.openReader(new Map([[0, 0]]));
process.stdout.write('open\n');
for (let read = 0; read < Number(entries); ) {
  const batch = await reader.poll({ maxBytes: 1000 });
  read += batch.entries.length;
  for (const { offset, bytes } of batch.entries) process.stdout.write(`${offset} ${Buffer.from(bytes)}\n`);
}
