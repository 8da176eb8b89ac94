import { describe, expect, it } from 'vitest';
import { createTurnstile } from './turnstile.ts';

const never = new AbortController().signal;

describe('A turnstile', () => {
  it('lets one through at a time, in order of arrival, whatever becomes of those before', async () => {
    const turnstile = createTurnstile(8);
    const order: string[] = [];
    let inside = 0;
    const pass = (name: string, fails = false) =>
      turnstile.run(never, async () => {
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
    const turnstile = createTurnstile(2);
    const gate = Promise.withResolvers<void>();
    const inLine = [1, 2, 3].map(() => turnstile.run(never, () => gate.promise));
    await expect(turnstile.run(never, async () => undefined)).rejects.toMatchObject({
      id: 'REPLAYS_BUSY',
      code: 'RESOURCE_EXHAUSTED',
      retryAfterMs: 1000,
    });
    gate.resolve();
    await Promise.all(inLine);
    expect(await turnstile.run(never, async () => 'again')).toBe('again');
  });

  it('lets who waits leave, and those behind still wait for who is inside', async () => {
    const turnstile = createTurnstile(8);
    const gate = Promise.withResolvers<void>();
    const leaving = new AbortController();
    let third = false;
    const first = turnstile.run(never, () => gate.promise);
    const second = turnstile.run(leaving.signal, async () => 'never');
    const last = turnstile.run(never, async () => {
      third = true;
    });
    leaving.abort(new Error('left'));
    await expect(second).rejects.toThrow('left');
    expect(third).toBe(false);
    gate.resolve();
    await Promise.all([first, last]);
    expect(third).toBe(true);
  });
});
