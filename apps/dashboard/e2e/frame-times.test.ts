import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { canBrowse, launchBrowser } from './browser.ts';
import { openTarget, type Target } from './target.ts';

const TRACE_MS = 10_000;

describe.runIf(canBrowse())('under live updates of 15,000 cities, one a second each', () => {
  let target: Target;
  beforeAll(async () => {
    target = await openTarget();
  });
  afterAll(() => target.close());

  it('prints its frame times over ten seconds', async () => {
    const browser = await launchBrowser();
    const page = await browser.newPage({ viewport: { width: 1440, height: 900 } });
    const opened = performance.now();
    await page.goto(target.url);
    await page.waitForSelector('.map[data-city-count]', { state: 'attached', timeout: 20_000 });
    const firstMapMs = performance.now() - opened;
    const { frames, longTasks, versions } = await page.evaluate(traceFrames, TRACE_MS);
    await browser.close();

    frames.sort((one, other) => one - other);
    const at = (share: number): string => (frames[Math.floor(frames.length * share)] ?? 0).toFixed(1);
    process.stdout.write(
      `first map ${firstMapMs.toFixed(0)} ms; ${frames.length} frames in ${TRACE_MS / 1000} s (software rendering): ` +
        `p50 ${at(0.5)} ms, p95 ${at(0.95)} ms, p99 ${at(0.99)} ms; ` +
        `long tasks ${longTasks.length}, longest ${Math.max(0, ...longTasks).toFixed(0)} ms; ${versions} value changes seen\n`,
    );
    expect(frames.length).toBeGreaterThan(0);
    expect(versions).toBeGreaterThan(0);
  });
});

/** Runs in the page: times between frames, tasks over 50 ms, and how often the first place of the list changed. */
function traceFrames(forMs: number): Promise<{ frames: number[]; longTasks: number[]; versions: number }> {
  return new Promise((resolve) => {
    const frames: number[] = [];
    const longTasks: number[] = [];
    let versions = 0;
    let text = '';
    new PerformanceObserver((list) => longTasks.push(...list.getEntries().map(({ duration }) => duration))).observe({
      entryTypes: ['longtask'],
    });
    const start = performance.now();
    let last = start;
    const frame = (now: number): void => {
      frames.push(now - last);
      last = now;
      const shown = document.querySelector('.hottest ol')?.textContent ?? '';
      if (shown !== text) versions++;
      text = shown;
      if (now - start < forMs) requestAnimationFrame(frame);
      else resolve({ frames, longTasks, versions });
    };
    requestAnimationFrame(frame);
  });
}
