import { randomFillSync } from 'node:crypto';
import { mkdtemp, open, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openDirectoryCheckpoints } from '../src/index.ts';

/** How long 64 partitions take to commit at once, beside plain synced files of the same size. */
const PARTITIONS = 64;
const SEGMENT_BYTES = 500_000;
const ROUNDS = 5;

const path = await mkdtemp(join(tmpdir(), 'isotherm-checkpoint-bench-'));
const segment = randomFillSync(new Uint8Array(SEGMENT_BYTES));
const partitions = Array.from({ length: PARTITIONS }, (_, i) => i);

const store = await openDirectoryCheckpoints({ path });
const claims = await Promise.all(partitions.map((partition) => store.claim(partition, 'bench')));
const commitMs = await times(async (round) => {
  const kind = round === 0 ? 'full' : 'delta';
  const update = {
    kind,
    segment,
    offset: round,
    sinkCursor: round,
    storedOffset: round,
    incarnation: '0'.repeat(16),
  } as const;
  await Promise.all(claims.map((claim) => store.commit(claim, update)));
});
const loadMs = await times(async () => {
  await Promise.all(partitions.map((partition) => store.load(partition)));
});
await store.close();
const plainMs = await times(async (round) => {
  await Promise.all(
    partitions.map(async (partition) => {
      await using file = await open(join(path, `plain-${partition}-${round}`), 'w');
      await file.writeFile(segment);
      await file.datasync();
    }),
  );
});
await rm(path, { recursive: true });

const show = (ms: number) => `${ms.toFixed(0)} ms`;
process.stdout.write(
  `${PARTITIONS} partitions, ${SEGMENT_BYTES / 1000} kB each, median of ${ROUNDS}\n` +
    `plain synced files   ${show(plainMs)}\n` +
    `commit               ${show(commitMs)}   ${(commitMs / plainMs).toFixed(2)} x plain\n` +
    `load (${ROUNDS} segments)    ${show(loadMs)}\n`,
);

async function times(run: (round: number) => Promise<void>): Promise<number> {
  const taken: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    const start = performance.now();
    await run(round);
    taken.push(performance.now() - start);
  }
  return taken.sort((a, b) => a - b)[ROUNDS >> 1] ?? 0;
}
