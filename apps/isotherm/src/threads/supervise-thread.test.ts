import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createLogger } from '@isotherm/service-kit';
import { expect, it } from 'vitest';
import type { HangingCalls } from '../../test-support/hanging-thread.ts';
import { superviseThread } from './supervise-thread.ts';

const entry = new URL('../../test-support/hanging-thread.ts', import.meta.url);
const superviseHanging = (
  failed = (error: Error): void => {
    throw error;
  },
) =>
  superviseThread<HangingCalls>(
    { name: 'worker', entry, prepare: () => ({ workerData: undefined }) },
    {
      failed,
      logger: createLogger({ service: 'test', level: 'silent' }),
      clock: Date.now,
    },
    { everyMs: 20, limitMs: 400 },
  );

it('ends a thread that hangs, and starts it again', async () => {
  const thread = superviseHanging();
  await thread.worker.ready;
  const before = await thread.call('whoAreYou', undefined);
  const lost = thread.call('hang', undefined).catch((error: Error) => error.message);
  expect(await lost).toBe('Thread worker ended');
  await expect.poll(() => thread.worker.state, { timeout: 10_000 }).toBe('ready');
  expect(await thread.call('whoAreYou', undefined)).not.toBe(before);
  expect(thread.worker.restarts).toBe(1);
  await thread.worker.close();
});

it('leaves a thread alone that answers', async () => {
  const thread = superviseHanging();
  await thread.worker.ready;
  const before = await thread.call('whoAreYou', undefined);
  for (let i = 0; i < 10; i++) await thread.call('whoAreYou', undefined);
  expect(await thread.call('whoAreYou', undefined)).toBe(before);
  expect([thread.worker.state, thread.worker.restarts]).toEqual(['ready', 0]);
  await thread.worker.close();
});

it('fails the process where native code does not let a thread go', { timeout: 60_000 }, async () => {
  const directory = mkdtempSync(join(tmpdir(), 'isotherm-'));
  const fifo = join(directory, 'fifo');
  execFileSync('mkfifo', [fifo]);
  const failures: Error[] = [];
  const thread = superviseHanging((error) => failures.push(error));
  await thread.worker.ready;
  const lost = thread.call('hangInNativeCode', fifo).catch(() => undefined);
  await expect.poll(() => failures, { timeout: 30_000 }).toEqual([expect.objectContaining({ id: 'THREAD_STUCK' })]);
  writeFileSync(fifo, '');
  await lost;
  await thread.worker.close();
  rmSync(directory, { recursive: true });
});
