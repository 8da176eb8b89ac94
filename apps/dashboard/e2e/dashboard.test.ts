import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { temperatureColor } from '../src/color/temperature-scale.ts';
import { canBrowse, launchBrowser } from './browser.ts';
import { pixelAt } from './pixel.ts';
import { sendReading } from './send-reading.ts';
import { openTarget, type Target } from './target.ts';

/** Nuuk, Greenland: among the smallest cities of the catalogue, so that no demo feed speaks for it. */
const NUUK = '3421319';
const TOKYO = '1850147';
const WAIT = { timeout: 20_000 };

describe.runIf(canBrowse())('the dashboard in a browser', () => {
  let target: Target;
  let browser: Browser;
  let page: Page;
  const complaints: string[] = [];

  const visit = async (hash = '', viewport = { width: 1440, height: 900 }): Promise<void> => {
    page = await browser.newPage({ viewport, colorScheme: 'dark', reducedMotion: 'reduce' });
    page.on('pageerror', (error) => complaints.push(error.message));
    page.on('console', (message) => {
      if (/Content Security Policy|React/.test(message.text())) complaints.push(message.text());
    });
    await page.goto(target.url + hash);
  };

  /** Visits and waits for the cities. */
  const open = async (...where: Parameters<typeof visit>): Promise<void> => {
    await visit(...where);
    await page.waitForSelector('.map[data-city-count]', { ...WAIT, state: 'attached' });
  };

  beforeAll(async () => {
    target = await openTarget();
    browser = await launchBrowser();
  });
  afterAll(async () => {
    await browser.close();
    await target.close();
  });
  afterEach(async () => {
    await page.close();
    expect(complaints.splice(0)).toEqual([]);
  });

  it('shows a reading sent by gRPC in its panel and in the colour of its pixel', async () => {
    await open(`#city=${NUUK}`);
    await page.waitForSelector('[data-marker=selected]:not([hidden])', { ...WAIT, state: 'attached' });
    // No weather of Greenland is like these: whatever was there before, the page has to change.
    for (const temperatureCelsius of [34.5, -21.5]) {
      await sendReading(target.ingestUrl, { cityId: NUUK, temperatureCelsius, relativeHumidityPercent: 50 });
      const value = page.locator(`[data-value=temperature][data-temperature-celsius="${temperatureCelsius}"]`);
      await value.waitFor(WAIT);
      const heatIndex = Number(await value.getAttribute('data-heat-index-celsius'));
      expect(await value.textContent()).toContain(temperatureCelsius.toFixed(1).replace('-', '−'));
      await page.waitForFunction(
        (text) => document.querySelector('[data-marker=selected] [data-part=value]')?.textContent === text,
        `${heatIndex.toFixed(1).replace('-', '−')}°`,
        WAIT,
      );
      // The map may still be on its way: the marker says where the city is at each look.
      await expect.poll(() => distanceToScale(page), WAIT).toBeLessThan(12);
    }
  });

  it.each([
    ['webgl', ''],
    ['canvas', '?canvas'],
  ])('draws a city in the colour of its heat index on %s', async (renderer, query) => {
    await open(`${query}#city=${TOKYO}`);
    await page.locator(`.map[data-renderer=${renderer}]`).waitFor(WAIT);
    await expect.poll(() => distanceToScale(page), WAIT).toBeLessThan(30);
  });

  it('is usable with the keyboard alone', async () => {
    await open();
    await page.keyboard.press('/');
    await page.keyboard.type('tokyo');
    await page.locator('[role=option]').first().waitFor(WAIT);
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('ArrowUp');
    await page.keyboard.press('Enter');
    await page.locator(`.city[data-city-id="${TOKYO}"] [data-value=temperature]`).waitFor(WAIT);
    expect(page.url()).toContain(`#city=${TOKYO}`);

    await page.keyboard.press('u');
    expect(await page.locator('.now-unit').textContent()).toBe('°F');
    await page.keyboard.press('u');
    await page.keyboard.press('t');
    expect(await page.getAttribute('html', 'data-theme')).toBe('light');
    await page.keyboard.press('?');
    await page.locator('dialog[open]').waitFor(WAIT);
    await page.keyboard.press('Escape');
    await page.locator('dialog[open]').waitFor({ ...WAIT, state: 'hidden' });
    await page.keyboard.press('Escape');
    await page.locator('.city').waitFor({ ...WAIT, state: 'detached' });

    for (let i = 0; i < 3 && !(await page.locator('.map:focus').count()); i++) await page.keyboard.press('Tab');
    await page.keyboard.press('ArrowRight');
    await page.locator('.marker-hovered:not([hidden])').waitFor({ ...WAIT, state: 'attached' });
    const named = await page.getAttribute('.marker-hovered', 'data-city-id');
    await page.keyboard.press('Enter');
    await page.locator(`.city[data-city-id="${named}"]`).waitFor(WAIT);
  });

  it('looks back over what it saw, and returns to live', async () => {
    await open();
    const slider = page.locator('.time-input');
    await slider.focus();
    await page.keyboard.press('ArrowLeft');
    await page.locator('.time-bar[data-live=false]').waitFor(WAIT);
    expect(await slider.getAttribute('aria-valuetext')).not.toBe('Live');
    await page.keyboard.press('l');
    await page.locator('.time-bar[data-live=true]').waitFor(WAIT);
  });

  it('fits a phone without anything to scroll sideways', async () => {
    await open(`#city=${TOKYO}`, { width: 390, height: 844 });
    await page.locator('[data-value=temperature]').waitFor(WAIT);
    const overflow = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
    expect(overflow).toBeLessThanOrEqual(0);
    const y = Number(await page.locator('[data-marker=selected]').getAttribute('data-y'));
    const top = (await page.locator('.city').boundingBox())?.y ?? 0;
    expect(y).toBeLessThan(top);
  });

  it.runIf(process.env['ISOTHERM_URL'] === undefined)(
    'keeps its data while the platform is away, and comes back',
    async () => {
      await open(`#city=${TOKYO}`);
      await page.locator('[data-value=temperature]').waitFor(WAIT);
      const cities = await page.getAttribute('.map', 'data-city-count');
      await target.fake?.goAway();
      await page.locator('.app[data-phase=reconnecting]').waitFor(WAIT);
      expect(await page.locator('.status').textContent()).toMatch(/Reconnecting\. Showing \d\d:\d\d/);
      expect(await page.getAttribute('.map', 'data-city-count')).toBe(cities);
      await target.fake?.comeBack();
      await page.locator('.app[data-phase=live]').waitFor(WAIT);
    },
  );

  it.runIf(process.env['ISOTHERM_URL'] === undefined)(
    'asks for a token where the platform does, goes on with it, and has it after a reload',
    async () => {
      target.fake?.askFor('token-of-the-reader');
      try {
        await visit();
        for (const token of ['token-of-nobody', 'token-of-the-reader']) {
          await page.locator('.token-form input').fill(token);
          await page.keyboard.press('Enter');
          if (token === 'token-of-nobody') await page.getByText('does not know').waitFor(WAIT);
        }
        await page.locator('.app[data-phase=live]').waitFor(WAIT);
        expect(await page.locator('.token-form').count()).toBe(0);
        await page.reload();
        await page.locator('.app[data-phase=live]').waitFor(WAIT);
      } finally {
        target.fake?.askFor(undefined);
      }
    },
  );
});

/** How far the selected city's pixel is from the colour that the scale gives its heat index. */
async function distanceToScale(page: Page): Promise<number> {
  const marker = page.locator('[data-marker=selected]');
  const at = [Number(await marker.getAttribute('data-x')), Number(await marker.getAttribute('data-y'))] as const;
  const heatIndex = Number(await page.locator('[data-value=temperature]').getAttribute('data-heat-index-celsius'));
  return distance(await pixelAt(page, ...at), temperatureColor(heatIndex));
}

function distance(one: readonly [number, number, number], other: readonly [number, number, number]): number {
  return Math.hypot(one[0] - other[0], one[1] - other[1], one[2] - other[2]);
}
