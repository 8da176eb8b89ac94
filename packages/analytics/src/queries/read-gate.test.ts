import { describe, expect, it } from 'vitest';
import { createReadGate } from './read-gate.ts';

describe('read gate', () => {
  it('refuses the newest read past its limit and lets in more once one has ended', async () => {
    const gate = createReadGate(1);
    let finish: (value: number) => void = () => undefined;
    const first = gate.run(() => new Promise<number>((resolve) => (finish = resolve)));
    await expect(gate.run(async () => 2)).rejects.toMatchObject({ code: 'RESOURCE_EXHAUSTED', retryAfterMs: 500 });
    finish(1);
    expect(await first).toBe(1);
    expect(await gate.run(async () => 3)).toBe(3);
  });

  it('makes room after a read that failed', async () => {
    const gate = createReadGate(1);
    await expect(gate.run(() => Promise.reject(new Error('gone')))).rejects.toThrow('gone');
    expect(await gate.run(async () => 4)).toBe(4);
  });
});
