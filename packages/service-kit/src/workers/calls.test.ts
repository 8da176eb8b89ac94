import { MessageChannel } from 'node:worker_threads';
import { expect, it } from 'vitest';
import { IsothermError } from '../isotherm-error.ts';
import { connectCalls } from './connect-calls.ts';
import { fromPlainError, toPlainError } from './error-codec.ts';
import { type CallHandlers, serveCalls } from './serve-calls.ts';

type Api = {
  double: { argument: number; result: number };
  wait: { argument: undefined; result: string };
  fail: { argument: undefined; result: undefined };
  fill: { argument: Uint8Array<ArrayBuffer>; result: Uint8Array<ArrayBuffer> };
};

const failure = new IsothermError({
  code: 'UNAVAILABLE',
  id: 'STORE_AWAY',
  message: 'The store is away.',
  advice: 'Ask again.',
  retryAfterMs: 250,
  metadata: { setting: 'store' },
  violations: [{ field: 'a', description: 'b' }],
  cause: new IsothermError({ code: 'INTERNAL', id: 'X', message: 'outer', cause: 'inner' }),
});

function connected(maxInFlight?: number) {
  const { port1, port2 } = new MessageChannel();
  const cancelled: string[] = [];
  const handlers: CallHandlers<Api> = {
    double: (value) => value * 2,
    wait: (_, signal) =>
      new Promise((resolve) => signal.addEventListener('abort', () => resolve(cancelled.push('wait').toString()))),
    fail: () => {
      throw failure;
    },
    fill: (bytes) => bytes.fill(7),
  };
  serveCalls(port2, () => handlers, {
    transferOf: (result) => (result instanceof Uint8Array ? [result.buffer as ArrayBuffer] : []),
  });
  const client = connectCalls<Api>(port1, { name: 'store', ...(maxInFlight !== undefined && { maxInFlight }) });
  return { client, cancelled, close: () => port1.close() };
}

it('calls are answered by name, errors arrive with all they say, memory changes hands both ways', async () => {
  const { client, close } = connected();
  expect(await Promise.all([client.call('double', 2), client.call('double', 3)])).toEqual([4, 6]);
  const thrown = await client.call('fail', undefined).catch((error: unknown) => error as IsothermError);
  expect(thrown).toBeInstanceOf(IsothermError);
  expect({ ...toPlainError(thrown), causes: [] }).toEqual({ ...toPlainError(failure), causes: [] });
  expect(thrown?.cause).toMatchObject({ message: 'outer', cause: { message: 'inner' } });
  await expect(client.call('none' as 'fail', undefined)).rejects.toMatchObject({
    id: 'INTERNAL',
    cause: expect.objectContaining({ message: expect.stringContaining('no call none') }),
  });
  const bytes = new Uint8Array(3);
  expect(await client.call('fill', bytes, { transfer: [bytes.buffer] })).toEqual(Uint8Array.of(7, 7, 7));
  expect(bytes.byteLength).toBe(0);
  close();
});

it('a call is given up by its signal or its time, and whoever answers is told', async () => {
  const { client, cancelled, close } = connected();
  const leaving = new AbortController();
  const waiting = client.call('wait', undefined, { signal: leaving.signal });
  leaving.abort(new Error('enough'));
  await expect(waiting).rejects.toThrow('enough');
  await expect(client.call('double', 1, { signal: leaving.signal })).rejects.toThrow('enough');
  await expect(client.call('wait', undefined, { timeoutMs: 1 })).rejects.toMatchObject({ id: 'WORKER_TOO_SLOW' });
  await expect.poll(() => cancelled).toEqual(['wait', 'wait']);
  close();
});

it('a call too many is refused, and all fail when the other side is gone', async () => {
  const { client, close } = connected(1);
  const waiting = client.call('wait', undefined);
  await expect(client.call('double', 1)).rejects.toMatchObject({ id: 'WORKER_BUSY', retryAfterMs: 500 });
  client.disconnect(new Error('gone'));
  await expect(waiting).rejects.toThrow('gone');
  await expect(client.call('double', 1)).rejects.toThrow('gone');
  close();
});

it('an error of something unforeseen crosses with its stack, and is INTERNAL', () => {
  const crossed = fromPlainError(structuredClone(toPlainError(new TypeError('x is not a function'))));
  expect(crossed).toMatchObject({ code: 'INTERNAL', id: 'INTERNAL' });
  expect((crossed.cause as Error).message).toContain('calls.test.ts');
});
