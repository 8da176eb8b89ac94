import { writeSync } from 'node:fs';
import { openCommitStore } from '../src/lmdb/commit-store.ts';

/** Puts a commit, lets LMDB begin, and then never gets to hear what became of it: its event loop stands still. */
const store = openCommitStore(process.argv[2] ?? '', { readOnly: false, mapBytes: 1 << 30, endedBy: 'nobody' });
void store.putCommit(0, Buffer.from('never acknowledged')).then(() => writeSync(1, 'resolved\n'));
setImmediate(() => setImmediate(block));

function block(): void {
  writeSync(1, 'blocked\n');
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
}
