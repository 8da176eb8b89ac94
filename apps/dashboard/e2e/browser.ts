import { accessSync, constants } from 'node:fs';
import { type Browser, chromium } from 'playwright-core';

const CANDIDATES = [
  process.env['CHROMIUM_PATH'],
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
];

const FLAGS = [
  '--no-sandbox',
  // WebGL in software: the same pixels with and without a graphics card.
  '--use-gl=angle',
  '--use-angle=swiftshader',
  '--enable-unsafe-swiftshader',
  '--ignore-gpu-blocklist',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

function runnable(path: string | undefined): path is string {
  if (path === undefined) return false;
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** The Chromium to test with: `CHROMIUM_PATH`, or where systems keep it. */
const chromiumPath: string | undefined = CANDIDATES.find(runnable);

/** Whether browser tests can run. Without Chromium they fail in CI and are skipped elsewhere, loudly. */
export function canBrowse(): boolean {
  if (chromiumPath !== undefined) return true;
  const remedy = 'install it (Debian: apt-get install chromium) or set CHROMIUM_PATH to its executable';
  if (process.env['CI'] === 'true') throw new Error(`The browser tests need Chromium: ${remedy}.`);
  process.stderr.write(`\n*** BROWSER TESTS SKIPPED: no Chromium found; ${remedy}. ***\n\n`);
  return false;
}

/** Starts Chromium. */
export function launchBrowser(): Promise<Browser> {
  if (chromiumPath === undefined) throw new Error('no Chromium');
  return chromium.launch({ executablePath: chromiumPath, args: FLAGS });
}
