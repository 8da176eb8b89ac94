import { tmpdir } from 'node:os';
import { expect, it } from 'vitest';
import { createDiskReserve } from './disk-reserve.ts';

const reserveOf = (freeBytes: number, diskReserveBytes: number) =>
  createDiskReserve({ path: '/data', diskReserveBytes, freeBytes: () => freeBytes });

it('lets through what leaves the reserve free', () => {
  expect(() => reserveOf(1000, 900).check(100)).not.toThrow();
});

it('refuses what would not, and says how much is free and how much has to be', () => {
  expect(() => reserveOf(1_000_000, 900_000).check(100_001)).toThrow(
    expect.objectContaining({
      code: 'RESOURCE_EXHAUSTED',
      id: 'LOG_DISK_LOW',
      message: expect.stringContaining('1.0 MB free'),
      metadata: { setting: 'disk-reserve', freeBytes: '1000000', diskReserveBytes: '900000' },
    }),
  );
});

it('lets records be dropped below the reserve, until next to nothing is left', () => {
  expect(() => reserveOf(20 << 20, 100 << 20).checkTrim()).not.toThrow();
  expect(() => reserveOf(15 << 20, 100 << 20).checkTrim()).toThrow(expect.objectContaining({ id: 'LOG_DISK_LOW' }));
  expect(() => reserveOf(9 << 20, 8 << 20).checkTrim()).not.toThrow();
});

it('asks nobody where there is no reserve', () => {
  const freeBytes = () => {
    throw new Error('asked');
  };
  for (const diskReserveBytes of [0, undefined]) {
    const reserve = createDiskReserve({ path: '/data', diskReserveBytes, freeBytes });
    expect(() => reserve.check(1e9)).not.toThrow();
    expect(() => reserve.checkTrim()).not.toThrow();
  }
});

it('knows what is free on a disk of this machine', () => {
  expect(() => createDiskReserve({ path: tmpdir(), diskReserveBytes: 1 }).check(0)).not.toThrow();
  expect(() => createDiskReserve({ path: tmpdir(), diskReserveBytes: 1e18 }).check(0)).toThrow('free');
});
