import { openCommitStore } from '../src/lmdb/commit-store.ts';

/**
 * Writes pairs of a commit and an index entry, both put in one turn of the event loop, until it is killed or a put
 * fails. Says `open`, then a line for every pair whose puts both resolved, and at last which puts rejected.
 */
const [path = '', bytesOfCommit = '2000', pairs = '1000000'] = process.argv.slice(2);
const store = openCommitStore(path, { readOnly: false, mapBytes: 1 << 30, endedBy: 'nobody' });
const say = (line: string) => process.stdout.write(`${line}\n`);
say('open');
const first = (store.lastCommit() ?? -1) + 1;
let failed = false;
for (let sequence = first; sequence < first + Number(pairs) && !failed; sequence++) {
  const bytes = Buffer.alloc(Number(bytesOfCommit), `${sequence};`);
  const puts = [store.putCommit(sequence, bytes), store.putIndex(sequence, Buffer.from(String(sequence)))];
  void Promise.allSettled(puts).then((outcomes) => {
    const rejected = outcomes.filter(({ status }) => status === 'rejected').length;
    say(rejected === 0 ? `${sequence}` : `${sequence} rejected ${rejected}`);
    failed ||= rejected > 0;
  });
  // A turn of its own each, several transactions under way.
  await new Promise((resolve) => setImmediate(resolve));
}
