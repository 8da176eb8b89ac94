import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { linesUntilKilled } from '../../test-support/killed-process.ts';
import { openDirectoryCheckpoints } from './directory-checkpoints.ts';

it('keeps every commit a process reported when it is killed, whole, and lets the next one go on', async () => {
  const path = await mkdtemp(join(tmpdir(), 'isotherm-checkpoints-'));
  for (let round = 1; round <= 4; round++) {
    const firstOffset = round * 1000;
    const lines = await linesUntilKilled('./committing-process.ts', [path, String(firstOffset)], 40 + 31 * round);
    await using store = await openDirectoryCheckpoints({ path });
    for (const partition of [0, 1, 2, 3]) {
      const last = lines.findLast((line) => line.startsWith(`${partition} `))?.split(' ')[1] ?? String(firstOffset);
      const found = await store.load(partition);
      expect(found?.passedOver).toEqual([]);
      expect(found?.offset).toBeGreaterThanOrEqual(Number(last));
      // At most the one commit more whose report was cut off.
      expect(found?.offset).toBeLessThanOrEqual(Number(last) + 1);
      const newest = Buffer.from(found?.segments.at(-1) ?? []).toString();
      expect(newest.startsWith(`${partition}:${found?.offset};`)).toBe(true);
      expect((await store.inspect(partition)).term).toBe(round);
    }
  }
  await rm(path, { recursive: true });
});
