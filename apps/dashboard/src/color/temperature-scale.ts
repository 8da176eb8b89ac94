import { colorDistance, fromLch, type Oklab, oklabToRgb, type Rgb } from './oklab.ts';

/** Coldest temperature the scale tells apart, °C. Colder ones share its colour. */
export const SCALE_MIN_CELSIUS = -30;
/** Hottest temperature the scale tells apart, °C. */
export const SCALE_MAX_CELSIUS = 50;
/** Entries of the palette. */
export const PALETTE_SIZE = 256;

/**
 * The way from cold to hot. Blue to yellow to red keeps its order under every common colour blindness, and lightness stays
 * between 0.5 and 0.86, so that no temperature vanishes on a dark or a light map.
 */
const WAYPOINTS: readonly Oklab[] = [
  fromLch(0.5, 0.17, 292),
  fromLch(0.57, 0.16, 262),
  fromLch(0.67, 0.125, 240),
  fromLch(0.77, 0.09, 215),
  fromLch(0.85, 0.09, 135),
  fromLch(0.86, 0.14, 98),
  fromLch(0.78, 0.16, 72),
  fromLch(0.68, 0.19, 48),
  fromLch(0.58, 0.215, 27),
  fromLch(0.5, 0.2, 8),
];

/** Colours at equal distances along the way: a degree is the same step anywhere on the scale. */
function resample(waypoints: readonly Oklab[], size: number): Oklab[] {
  const fine: Oklab[] = [];
  for (let i = 0; i + 1 < waypoints.length; i++) {
    for (let step = 0; step < 200; step++) fine.push(catmullRom(waypoints, i, step / 200));
  }
  fine.push(waypoints[waypoints.length - 1] ?? [0, 0, 0]);
  const travelled = [0];
  for (let i = 1; i < fine.length; i++) {
    travelled.push((travelled[i - 1] ?? 0) + colorDistance(fine[i - 1] ?? [0, 0, 0], fine[i] ?? [0, 0, 0]));
  }
  const total = travelled[travelled.length - 1] ?? 0;
  const result: Oklab[] = [];
  let at = 0;
  for (let i = 0; i < size; i++) {
    const goal = (total * i) / (size - 1);
    while (at + 1 < fine.length && (travelled[at] ?? 0) < goal) at++;
    result.push(fine[at] ?? [0, 0, 0]);
  }
  return result;
}

function catmullRom(points: readonly Oklab[], index: number, t: number): Oklab {
  const at = (i: number): Oklab => points[Math.min(points.length - 1, Math.max(0, i))] ?? [0, 0, 0];
  const [p0, p1, p2, p3] = [at(index - 1), at(index), at(index + 1), at(index + 2)];
  const axis = (k: 0 | 1 | 2): number =>
    0.5 *
    (2 * p1[k] +
      (p2[k] - p0[k]) * t +
      (2 * p0[k] - 5 * p1[k] + 4 * p2[k] - p3[k]) * t * t +
      (3 * p1[k] - p0[k] - 3 * p2[k] + p3[k]) * t * t * t);
  return [axis(0), axis(1), axis(2)];
}

const colors: readonly Rgb[] = resample(WAYPOINTS, PALETTE_SIZE).map(oklabToRgb);

/** The palette as RGBA bytes, coldest first: what a texture wants. */
export const paletteRgba: Uint8Array<ArrayBuffer> = Uint8Array.from(colors.flatMap((rgb) => [...rgb, 255]));

/** Index into the palette of a temperature in °C, clamped to the scale. */
function paletteIndex(celsius: number): number {
  const share = (celsius - SCALE_MIN_CELSIUS) / (SCALE_MAX_CELSIUS - SCALE_MIN_CELSIUS);
  return Math.round(Math.min(1, Math.max(0, share)) * (PALETTE_SIZE - 1));
}

/** Colour of a temperature in °C. */
export function temperatureColor(celsius: number): Rgb {
  return colors[paletteIndex(celsius)] ?? [0, 0, 0];
}

/** Colour of a temperature as CSS. */
export function temperatureCss(celsius: number): string {
  const [red, green, blue] = temperatureColor(celsius);
  return `rgb(${red} ${green} ${blue})`;
}
