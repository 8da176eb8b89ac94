import type { TemperatureUnit } from '../settings/settings.ts';

/** U+2212, as wide as a plus and a digit in tabular figures. */
const MINUS = '−';

/** A temperature in °C in the unit wanted. */
export function convertTemperature(celsius: number, unit: TemperatureUnit): number {
  return unit === 'celsius' ? celsius : celsius * 1.8 + 32;
}

/** A temperature in °C as text without its unit, to `digits` places, with a real minus sign and never −0. */
export function formatTemperature(celsius: number, unit: TemperatureUnit, digits = 1): string {
  return formatSigned(convertTemperature(celsius, unit), digits);
}

/** A number to `digits` places with a real minus sign and never −0. */
export function formatSigned(value: number, digits: number): string {
  const text = Math.abs(value).toFixed(digits);
  return value < 0 && Number(text) !== 0 ? MINUS + text : text;
}

/** The sign of a unit. */
export function unitSign(unit: TemperatureUnit): string {
  return unit === 'celsius' ? '°C' : '°F';
}
