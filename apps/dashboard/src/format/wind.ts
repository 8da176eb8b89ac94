import type { TemperatureUnit } from '../settings/settings.ts';

/** Wind in m/s as text: m/s beside °C, mph beside °F. */
export function formatWind(metersPerSecond: number, unit: TemperatureUnit): string {
  return unit === 'celsius' ? `${metersPerSecond.toFixed(1)} m/s` : `${(metersPerSecond * 2.236936).toFixed(0)} mph`;
}
