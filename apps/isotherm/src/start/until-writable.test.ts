import { createLogger } from '@isotherm/service-kit';
import { expect, it } from 'vitest';
import { untilWritable } from './until-writable.ts';

const logger = createLogger({ service: 'test', level: 'silent' });

it('waits until there is as much space as wanted', async () => {
  const found = [0, 99, 100, 0];
  const diskOf = async () => ({ device: 1, freeBytes: found.shift()! });
  await untilWritable('/data', 100, { logger, over: () => false, diskOf });
  expect(found).toEqual([0]);
});

it('waits no longer than anybody waits for it', async () => {
  let looks = 0;
  const diskOf = async () => {
    looks += 1;
    return { device: 1, freeBytes: 0 };
  };
  await untilWritable('/data', 100, { logger, over: () => looks === 2, diskOf });
  expect(looks).toBe(2);
});

it('knows the disk of a directory', async () => {
  await untilWritable(import.meta.dirname, 1, { logger, over: () => false });
});
