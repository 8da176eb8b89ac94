import { tmpdir } from 'node:os';
import { expect, it } from 'vitest';
import { createDiskFloor } from './disk-floor.ts';

const floorOver = (freeBytes: number, minFreeBytes: number) =>
  createDiskFloor({ path: '/data', minFreeBytes, freeBytes: () => freeBytes });

it('lets through what leaves the floor free', () => {
  expect(() => floorOver(1000, 900).check(100)).not.toThrow();
});

it('refuses what would not, and says how much is free and how much has to be', () => {
  expect(() => floorOver(1_000_000, 900_000).check(100_001)).toThrow(
    expect.objectContaining({
      code: 'RESOURCE_EXHAUSTED',
      id: 'LOG_DISK_LOW',
      message: expect.stringContaining('1.0 MB free'),
      metadata: { setting: 'disk-reserve', freeBytes: '1000000', minFreeBytes: '900000' },
    }),
  );
});

it('lets records be dropped below the floor, until next to nothing is left', () => {
  expect(() => floorOver(20 << 20, 100 << 20).checkTrim()).not.toThrow();
  expect(() => floorOver(15 << 20, 100 << 20).checkTrim()).toThrow(expect.objectContaining({ id: 'LOG_DISK_LOW' }));
  expect(() => floorOver(9 << 20, 8 << 20).checkTrim()).not.toThrow();
});

it('asks nobody where there is no floor', () => {
  const freeBytes = () => {
    throw new Error('asked');
  };
  for (const minFreeBytes of [0, undefined]) {
    const floor = createDiskFloor({ path: '/data', minFreeBytes, freeBytes });
    expect(() => floor.check(1e9)).not.toThrow();
    expect(() => floor.checkTrim()).not.toThrow();
  }
});

it('knows what is free on a disk of this machine', () => {
  expect(() => createDiskFloor({ path: tmpdir(), minFreeBytes: 1 }).check(0)).not.toThrow();
  expect(() => createDiskFloor({ path: tmpdir(), minFreeBytes: 1e18 }).check(0)).toThrow('free');
});
