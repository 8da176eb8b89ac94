import { writeSync } from 'node:fs';
import { openDirectoryBlobs } from '../src/directory/directory-blobs.ts';

/** Puts and creates objects until it is killed: says the number of each before and after its creation. */
const blobs = await openDirectoryBlobs(process.argv[2] ?? '');
for (let number = 0; ; number++) {
  await blobs.put('folder', `put-${number}`, Buffer.alloc(20_000, `put ${number};`));
  writeSync(1, `begun ${number}\n`);
  await blobs.create('folder', `created-${number}`, Buffer.alloc(20_000, `created ${number};`));
  writeSync(1, `created ${number}\n`);
}
