import { describe, expect, it } from 'vitest';
import { createSerialQueue } from './serial-queue.ts';

const never = new AbortController().signal;

describe('A queue', () => {
  it('lets one through at a time, in order of arrival, whatever becomes of those before', async () => {
    const queue = createSerialQueue(8);
    const order: string[] = [];
    let inside = 0;
    const pass = (name: string, fails = false) =>
      queue.run(never, async () => {
        inside += 1;
        expect(inside).toBe(1);
        await Promise.resolve();
        order.push(name);
        inside -= 1;
        if (fails) throw new Error(name);
        return name;
      });
    const passed = await Promise.allSettled([pass('a'), pass('b', true), pass('c')]);
    expect(passed.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
    expect(order).toEqual(['a', 'b', 'c']);
  });

  it('refuses when too many wait', async () => {
    const queue = createSerialQueue(2);
    const work = Promise.withResolvers<void>();
    const inLine = [1, 2, 3].map(() => queue.run(never, () => work.promise));
    await expect(queue.run(never, async () => undefined)).rejects.toMatchObject({
      id: 'REPLAYS_BUSY',
      code: 'RESOURCE_EXHAUSTED',
      retryAfterMs: 1000,
    });
    work.resolve();
    await Promise.all(inLine);
    expect(await queue.run(never, async () => 'again')).toBe('again');
  });

  it('lets who waits leave, and those behind still wait for who is inside', async () => {
    const queue = createSerialQueue(8);
    const work = Promise.withResolvers<void>();
    const leaving = new AbortController();
    let third = false;
    const first = queue.run(never, () => work.promise);
    const second = queue.run(leaving.signal, async () => 'never');
    const last = queue.run(never, async () => {
      third = true;
    });
    leaving.abort(new Error('left'));
    await expect(second).rejects.toThrow('left');
    expect(third).toBe(false);
    work.resolve();
    await Promise.all([first, last]);
    expect(third).toBe(true);
  });
});
