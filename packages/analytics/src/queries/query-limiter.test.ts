import { describe, expect, it } from 'vitest';
import { createQueryLimiter } from './query-limiter.ts';

describe('read limiter', () => {
  it('refuses the newest read past its limit and lets in more once one has ended', async () => {
    const limiter = createQueryLimiter(1);
    let finish: (value: number) => void = () => undefined;
    const first = limiter.run(() => new Promise<number>((resolve) => (finish = resolve)));
    await expect(limiter.run(async () => 2)).rejects.toMatchObject({ code: 'RESOURCE_EXHAUSTED', retryAfterMs: 500 });
    finish(1);
    expect(await first).toBe(1);
    expect(await limiter.run(async () => 3)).toBe(3);
  });

  it('makes room after a read that failed', async () => {
    const limiter = createQueryLimiter(1);
    await expect(limiter.run(() => Promise.reject(new Error('gone')))).rejects.toThrow('gone');
    expect(await limiter.run(async () => 4)).toBe(4);
  });
});
