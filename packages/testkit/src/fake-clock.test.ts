import { describe, expect, it } from 'vitest';
import { createFakeClock } from './fake-clock.ts';

describe('fake clock', () => {
  it('stands still until moved, then calls back in order of time, each at its time', async () => {
    const clock = createFakeClock(1000);
    const calls: [string, number][] = [];
    clock.setTimer(() => calls.push(['late', clock.now()]), 50);
    clock.setTimer(() => {
      calls.push(['early', clock.now()]);
      clock.setTimer(() => calls.push(['from a timer', clock.now()]), 5);
    }, 10);
    const cancel = clock.setTimer(() => calls.push(['cancelled', clock.now()]), 20);
    cancel();
    expect(clock.now()).toBe(1000);
    await clock.advance(49);
    expect(calls).toEqual([
      ['early', 1010],
      ['from a timer', 1015],
    ]);
    expect(clock.pendingTimers).toBe(1);
    await clock.advance(1);
    expect(calls.at(-1)).toEqual(['late', 1050]);
    expect(clock.now()).toBe(1050);
  });

  it('wakes sleepers that sleep again, and those whose signal aborts', async () => {
    const clock = createFakeClock(0);
    const woken: number[] = [];
    const sleeper = (async () => {
      for (let i = 0; i < 3; i++) {
        await clock.sleep(100);
        woken.push(clock.now());
      }
    })();
    await clock.advance(1000);
    await sleeper;
    expect(woken).toEqual([100, 200, 300]);
    const abort = new AbortController();
    const aborted = clock.sleep(100, abort.signal);
    abort.abort(new Error('enough'));
    await expect(aborted).rejects.toThrow('enough');
    await expect(clock.sleep(1, abort.signal)).rejects.toThrow('enough');
    expect(clock.pendingTimers).toBe(0);
  });
});
