import { inflateSync } from 'node:zlib';
import type { Page } from 'playwright-core';

/** Colour of the pixel at a place of the viewport, as RGB 0–255, from what the browser really shows. */
export async function pixelAt(page: Page, x: number, y: number): Promise<readonly [number, number, number]> {
  const png = await page.screenshot({
    clip: { x: Math.floor(x), y: Math.floor(y), width: 1, height: 1 },
    scale: 'css',
  });
  return onlyPixel(png);
}

/** Reads a PNG of one pixel (RFC 2083): a filter of the first row then has nothing to refer to. */
function onlyPixel(png: Buffer): readonly [number, number, number] {
  const data: Buffer[] = [];
  for (let at = 8; at < png.length; ) {
    const length = png.readUInt32BE(at);
    if (png.toString('latin1', at + 4, at + 8) === 'IDAT') data.push(png.subarray(at + 8, at + 8 + length));
    at += length + 12;
  }
  const [, red = 0, green = 0, blue = 0] = inflateSync(Buffer.concat(data));
  return [red, green, blue];
}
