import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createMemoryLog, offsetsOf } from '@isotherm/log';
import { createLogger, IsothermError, type IsothermErrorOptions } from '@isotherm/service-kit';
import { expect, it } from 'vitest';
import { refusableLog } from '../threads/refusable-log.ts';
import { startDiskCap } from './disk-cap.ts';

it('refuses appends at the cap, naming the setting, and takes them again below it', async () => {
  const root = await mkdtemp(join(tmpdir(), 'isotherm-cap-'));
  const refusable = refusableLog(createMemoryLog({ partitionCount: 1 }));
  const append = () => refusable.log.append([{ partition: 0, bytes: new Uint8Array(8) }]);
  const cap = startDiskCap({
    root,
    capBytes: 1_000_000,
    logger: createLogger({ service: 'test', level: 'silent' }),
    refuse: async (error: IsothermErrorOptions | undefined) =>
      refusable.refuse(error === undefined ? undefined : new IsothermError(error)),
  });
  try {
    await cap.check();
    expect(offsetsOf(await append())).toEqual([0]);
    await writeFile(join(root, 'large'), new Uint8Array(1_100_000));
    expect(await cap.check()).toBeGreaterThan(1_000_000);
    await expect(append()).rejects.toMatchObject({
      code: 'RESOURCE_EXHAUSTED',
      id: 'DISK_CAP_REACHED',
      metadata: { setting: 'disk-cap' },
    });
    await rm(join(root, 'large'));
    await cap.check();
    expect(offsetsOf(await append())).toEqual([1]);
  } finally {
    cap.stop();
    await rm(root, { recursive: true });
  }
});
