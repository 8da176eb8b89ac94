import { createLogger } from '@isotherm/service-kit';
import { expect, it } from 'vitest';
import type { HangingCalls } from '../../test-support/hanging-thread.ts';
import { superviseThread } from './supervise-thread.ts';

const entry = new URL('../../test-support/hanging-thread.ts', import.meta.url);
const superviseHanging = () =>
  superviseThread<HangingCalls>(
    { name: 'part', entry, prepare: () => ({ workerData: undefined }) },
    {
      failed: (error) => {
        throw error;
      },
      logger: createLogger({ service: 'test', level: 'silent' }),
      clock: Date.now,
    },
    { everyMs: 20, limitMs: 400 },
  );

it('ends a thread that hangs, and starts it again', async () => {
  const thread = superviseHanging();
  await thread.part.ready;
  const before = await thread.call('whoAreYou', undefined);
  const lost = thread.call('hang', undefined).catch((error: Error) => error.message);
  expect(await lost).toBe('Thread part ended');
  await expect.poll(() => thread.part.state, { timeout: 10_000 }).toBe('up');
  expect(await thread.call('whoAreYou', undefined)).not.toBe(before);
  expect(thread.part.restarts).toBe(1);
  await thread.part.close();
});

it('leaves a thread alone that answers', async () => {
  const thread = superviseHanging();
  await thread.part.ready;
  const before = await thread.call('whoAreYou', undefined);
  for (let i = 0; i < 10; i++) await thread.call('whoAreYou', undefined);
  expect(await thread.call('whoAreYou', undefined)).toBe(before);
  expect([thread.part.state, thread.part.restarts]).toEqual(['up', 0]);
  await thread.part.close();
});
