import { expect, it } from 'vitest';
import { startChild } from '../../test-support/child-process.ts';
import { useDirectory } from '../../test-support/temporary-log.ts';
import { openLmdbLog } from './open-lmdb-log.ts';

const directory = useDirectory();

it('keeps all a process reported as appended when it is killed, and lets the next one write', async () => {
  const reported: string[] = [];
  for (let round = 0; round < 4; round++) {
    const writer = startChild('./appending-process.ts', [directory.path, `run${round}`]);
    await writer.untilLines(300 + 137 * round);
    await writer.kill();
    reported.push(...writer.lines.slice(1).filter((line) => /^\d+ \d+ run\d+-\d+$/.test(line)));
  }
  await using log = await openLmdbLog({ path: directory.path, partitionCount: 4, mode: 'writer' });
  const kept = new Set<string>();
  await using reader = await log.openReader(new Map([0, 1, 2, 3].map((partition) => [partition, 0])));
  const next = [0, 0, 0, 0];
  for (;;) {
    const { entries, corruptions } = await reader.poll({ maxBytes: 1 << 20, waitMs: 0 });
    expect(corruptions).toEqual([]);
    if (entries.length === 0) break;
    for (const { partition, offset, bytes } of entries) {
      expect(offset).toBe(next[partition]);
      next[partition] = offset + 1;
      kept.add(`${partition} ${offset} ${Buffer.from(bytes).toString().trimEnd()}`);
    }
  }
  expect(reported.length).toBeGreaterThan(1000);
  expect(reported.filter((line) => !kept.has(line))).toEqual([]);
  const extents = await log.extents([0, 1, 2, 3]);
  expect(Array.from(extents.values(), ({ end, weight }) => [end, weight])).toEqual(next.map((end) => [end, end]));
});
