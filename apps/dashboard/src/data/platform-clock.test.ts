import { describe, expect, it } from 'vitest';
import { createPlatformClock } from './platform-clock.ts';
import type { StatsSample } from './stats-history.ts';

const stats = (atMs: number, feed?: StatsSample['feed'], lagSeconds = 0): StatsSample =>
  ({ atMs, feed, lagSeconds }) satisfies Partial<StatsSample> as StatsSample;

describe('the clock of the data', () => {
  it('follows the platform, however wrong the clock of the browser is', () => {
    const browser = 5_000_000;
    const clock = createPlatformClock(() => browser);
    expect(clock.now()).toBe(5_000_000);
    clock.hear(stats(9_000_000));
    expect(clock.now()).toBe(9_000_000);
  });

  it('believes the message that travelled fastest', () => {
    let browser = 1_000;
    const clock = createPlatformClock(() => browser);
    clock.hear(stats(900));
    browser = 2_000;
    clock.hear(stats(1_990));
    expect(clock.wallNow()).toBe(1_990);
    browser = 3_000;
    clock.hear(stats(2_700));
    expect(clock.wallNow()).toBe(2_990);
  });

  it('stands at the newest reading while the past plays', () => {
    const clock = createPlatformClock(() => 1_000);
    clock.see(77);
    clock.see(50);
    clock.hear(stats(1_000, { replaying: true, positionMs: 90, shareDone: 0.5 }));
    expect([clock.now(), clock.wallNow(), clock.behind]).toEqual([77, 1_000, 'replaying']);
    clock.hear(stats(1_000, { replaying: false, positionMs: 1_000, shareDone: 1 }));
    expect([clock.now(), clock.behind]).toEqual([1_000, 'no']);
  });

  it('stands at the newest reading while compute catches up with hours of data', () => {
    const clock = createPlatformClock(() => 10_000_000);
    clock.see(2_000_000);
    clock.hear(stats(10_000_000, undefined, 25));
    expect([clock.now(), clock.behind]).toEqual([2_000_000, 'catching up']);
    clock.see(9_990_000);
    clock.hear(stats(10_000_000, undefined, 25));
    expect([clock.now(), clock.behind]).toEqual([10_000_000, 'no']);
  });
});
