import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { runWhileVisible } from './while-visible.ts';

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

class Page extends EventTarget {
  hidden = false;
  show(visible: boolean): void {
    this.hidden = !visible;
    this.dispatchEvent(new Event('visibilitychange'));
  }
}

describe('work of a page that can be seen', () => {
  it('goes on through a glance elsewhere, stops after the grace, and starts again', () => {
    const page = new Page();
    const closing = new AbortController();
    const runs: AbortSignal[] = [];
    runWhileVisible(page, (signal) => runs.push(signal), { graceMs: 30_000, signal: closing.signal });
    page.show(false);
    vi.advanceTimersByTime(29_000);
    page.show(true);
    vi.advanceTimersByTime(60_000);
    expect(runs.map(({ aborted }) => aborted)).toEqual([false]);
    page.show(false);
    vi.advanceTimersByTime(30_000);
    expect(runs.map(({ aborted }) => aborted)).toEqual([true]);
    page.show(true);
    expect(runs.map(({ aborted }) => aborted)).toEqual([true, false]);
    closing.abort();
    expect(runs.map(({ aborted }) => aborted)).toEqual([true, true]);
  });

  it('does not begin before the page is seen', () => {
    const page = new Page();
    page.hidden = true;
    let runs = 0;
    runWhileVisible(page, () => runs++, { graceMs: 1_000, signal: new AbortController().signal });
    expect(runs).toBe(0);
    page.show(true);
    expect(runs).toBe(1);
  });
});
