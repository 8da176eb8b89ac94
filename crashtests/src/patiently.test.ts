import { IsothermClientError } from '@isotherm/client';
import { expect, it } from 'vitest';
import { patiently } from './patiently.ts';

const notYet = new IsothermClientError({ code: 'DEADLINE_EXCEEDED', id: 'READ_NOT_YET_STORED', message: 'not yet' });

it('reads again while the platform is not there yet', async () => {
  let reads = 0;
  const read = async () => {
    reads += 1;
    if (reads < 3) throw notYet;
    return reads;
  };
  expect(await patiently(read)).toBe(3);
});

it('gives up when its patience ends, and at once where waiting does not help', async () => {
  await expect(patiently(() => Promise.reject(notYet), 0)).rejects.toBe(notYet);
  const wrong = new IsothermClientError({ code: 'INVALID_ARGUMENT', id: 'X', message: 'wrong' });
  await expect(patiently(() => Promise.reject(wrong))).rejects.toBe(wrong);
});
