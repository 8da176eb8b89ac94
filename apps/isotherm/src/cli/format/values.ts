import type { City, RiskName, Units } from '@isotherm/client';
import type { Style } from '../terminal/terminal.ts';

/** What stands for a value that is not known. */
export const NONE = '–';

const WHOLE = new Intl.NumberFormat('en', { maximumFractionDigits: 0 });

/** Symbol of a unit. */
export function temperatureSymbol({ temperature }: Units): string {
  return { CELSIUS: '°C', FAHRENHEIT: '°F', KELVIN: 'K' }[temperature];
}

/** Symbol of a unit. */
export function speedSymbol({ windSpeed }: Units): string {
  return { METERS_PER_SECOND: 'm/s', KILOMETERS_PER_HOUR: 'km/h', MILES_PER_HOUR: 'mph', KNOTS: 'kn' }[windSpeed];
}

/** A number with so many decimals, or a dash. */
export function decimal(value: number | undefined, digits = 1): string {
  return value === undefined ? NONE : value.toFixed(digits).replace(/^-(0(?:\.0*)?)$/, '$1');
}

/** A whole number with separators. */
export function whole(value: number): string {
  return WHOLE.format(value);
}

/** A span of time as people say it: `0.4 s`, `12 s`, `3 min`, `5 h`, `2 d`. */
export function span(ms: number): string {
  const seconds = Math.max(0, ms) / 1000;
  if (seconds < 10) return `${seconds.toFixed(1)} s`;
  if (seconds < 120) return `${Math.round(seconds)} s`;
  if (seconds < 7200) return `${Math.round(seconds / 60)} min`;
  return seconds < 172_800 ? `${Math.round(seconds / 3600)} h` : `${Math.round(seconds / 86_400)} d`;
}

/** A size as people say it. */
export function bytes(count: number): string {
  return count < 1e9 ? `${(count / 1e6).toFixed(0)} MB` : `${(count / 1e9).toFixed(1)} GB`;
}

/** A city in a headline: `Paris, France`. */
export function cityName(city: City): string {
  return city.country === '' ? city.name : `${city.name}, ${city.country}`;
}

/** A point in time in UTC, to the minute or the second. */
export function utc(time: Date, precision: 'minute' | 'second' = 'minute'): string {
  return time
    .toISOString()
    .slice(0, precision === 'minute' ? 16 : 19)
    .replace('T', ' ');
}

/** A point in time on the clock of a zone; UTC where the zone is not known to this machine. */
export function local(time: Date, timeZone: string): string {
  const format = (zone: string) =>
    new Intl.DateTimeFormat('en-GB', { timeZone: zone, weekday: 'short', hour: '2-digit', minute: '2-digit' }).format(
      time,
    );
  try {
    return format(timeZone);
  } catch {
    return format('UTC');
  }
}

/** A heat risk as people read it, in its colour. */
export function risk(name: RiskName, style: Style): string {
  switch (name) {
    case 'UNSPECIFIED':
      return NONE;
    case 'NONE':
      return style.dim('none');
    case 'CAUTION':
      return style.yellow('caution');
    case 'EXTREME_CAUTION':
      return style.rgb('extreme caution', [240, 140, 40]);
    case 'DANGER':
      return style.red('danger');
    case 'EXTREME_DANGER':
      return style.bold(style.red('extreme danger'));
  }
}
