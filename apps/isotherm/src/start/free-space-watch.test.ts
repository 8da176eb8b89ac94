import type { Logger } from '@isotherm/service-kit';
import { expect, it } from 'vitest';
import { startFreeSpaceWatch } from './free-space-watch.ts';

it('says once that a disk runs full, naming directory, free bytes and remedy, and once that it has space again', async () => {
  const said: [string, Record<string, unknown>][] = [];
  const note = (fields: Record<string, unknown>, message: string) => void said.push([message, fields]);
  let free = 10;
  const watch = startFreeSpaceWatch({
    directories: { log: '/data/log', checkpoints: '/data/checkpoints', analytics: '/else' },
    reserveBytes: 100,
    logger: { warn: note, info: note, debug: note } as unknown as Logger,
    diskOf: async (directory) =>
      directory === '/else' ? { device: 2, freeBytes: 1000 } : { device: 1, freeBytes: free },
  });
  try {
    await watch.check();
    await watch.check();
    free = 100;
    await watch.check();
    await watch.check();
  } finally {
    watch.stop();
  }
  expect(said.map(([message]) => message)).toEqual(['Disk is nearly full', 'Disk has space again']);
  expect(said[0]?.[1]).toMatchObject({ holds: 'log', directory: '/data/log', freeBytes: 10, reserveBytes: 100 });
  expect(said[0]?.[1]['advice']).toMatch(/Free space.*--disk-reserve/);
});
