import { mkdir } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { launchBrowser } from '../e2e/browser.ts';

// Takes the pictures of the README from a running platform: node test-support/screenshots.ts [url] [seconds the page is open first]
const [url = 'http://127.0.0.1:8080/', seconds = '300'] = process.argv.slice(2);
const folder = new URL('../screenshots/', import.meta.url).pathname;

const SHOTS = [
  { name: 'dark', colorScheme: 'dark', hash: '#city=2073124', zoomOut: true },
  { name: 'light', colorScheme: 'light', hash: '#city=2643743', zoomOut: false },
] as const;

await mkdir(folder, { recursive: true });
const browser = await launchBrowser();
await Promise.all(
  SHOTS.map(async ({ name, colorScheme, hash, zoomOut }) => {
    const page = await browser.newPage({
      viewport: { width: 1440, height: 900 },
      colorScheme,
      timezoneId: 'Europe/Berlin',
    });
    await page.goto(url + hash);
    await sleep(Number(seconds) * 1000);
    // The whole world, or one step back from the city.
    await page.keyboard.press(zoomOut ? '0' : '-');
    await sleep(4_000);
    await page.screenshot({ path: `${folder}${name}.png` });
  }),
);
await browser.close();
