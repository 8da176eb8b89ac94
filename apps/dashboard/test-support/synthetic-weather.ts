import type { TestCity } from './test-cities.ts';

/** Weather at a city and a time. */
export interface SyntheticReading {
  readonly temperatureCelsius: number;
  readonly relativeHumidityPercent: number;
  readonly windSpeedMps: number;
  readonly heatIndexCelsius: number;
}

const DAY_MS = 86_400_000;

/** Plausible weather, the same for the same arguments: latitude, season by hemisphere, local hour, dryness by place. */
export function syntheticWeather(city: TestCity, atMs: number): SyntheticReading {
  const { latitude, longitude } = city;
  const dayOfYear = (atMs / DAY_MS) % 365.2425;
  const localHour = (((atMs / 3_600_000 + longitude / 15) % 24) + 24) % 24;
  const far = Math.abs(latitude) / 90;
  const season = Math.cos(((dayOfYear - (latitude >= 0 ? 201 : 19)) / 365.2425) * 2 * Math.PI);
  const dry = 0.5 + 0.5 * Math.sin(latitude * 0.17 + Math.sin(longitude * 0.06) * 2.1);
  const front = Math.sin(longitude * 0.09 + atMs / (2.3 * DAY_MS) + latitude * 0.05) * 4 * Math.min(1, far * 2);
  const mean = 26.5 - 34 * far ** 1.55 - Math.max(0, far - 0.5) * 30;
  const swing = 3 + 6 * dry;
  const wobble = Math.sin(atMs / 41_000 + city.phase) * 0.25;
  const temperature =
    mean +
    season * (1 + 15 * far) +
    front +
    dry * 3 * season +
    swing * Math.cos(((localHour - 15) / 24) * 2 * Math.PI) +
    Math.sin(city.phase * 7) * 1.6 +
    wobble;
  const humidity = 80 - dry * 46 - Math.cos(((localHour - 15) / 24) * 2 * Math.PI) * 14 + Math.sin(city.phase * 3) * 4;
  const temperatureCelsius = round(Math.min(51, Math.max(-60, temperature)));
  const relativeHumidityPercent = round(Math.min(100, Math.max(6, humidity)));
  return {
    temperatureCelsius,
    relativeHumidityPercent,
    windSpeedMps: round(2.5 + 2 * Math.sin(city.phase + atMs / 7_000_000) + far * 3),
    heatIndexCelsius: heatIndexCelsius(temperatureCelsius, relativeHumidityPercent),
  };
}

/** Heat index of the US National Weather Service, for test data. https://www.wpc.ncep.noaa.gov/html/heatindex_equation.shtml */
export function heatIndexCelsius(celsius: number, humidity: number): number {
  const t = celsius * 1.8 + 32;
  if (t <= 40) return celsius;
  const simple = 0.5 * (t + 61 + 1.2 * (t - 68) + 0.094 * humidity);
  let index = simple;
  if (simple >= 79) {
    const r = humidity;
    index = -42.379 + 2.04901523 * t + 10.14333127 * r - 0.22475541 * t * r - 0.00683783 * t * t - 0.05481717 * r * r;
    index += 0.00122874 * t * t * r + 0.00085282 * t * r * r - 0.00000199 * t * t * r * r;
    if (r <= 13 && t >= 80 && t <= 112) index -= ((13 - r) / 4) * Math.sqrt((17 - Math.abs(t - 95)) / 17);
    if (r > 85 && t >= 80 && t <= 87) index += ((r - 85) / 10) * ((87 - t) / 5);
  }
  return (index - 32) / 1.8;
}

/** NWS level of a heat index, as the proto numbers it. */
export function riskNumber(heatIndex: number): number {
  if (heatIndex >= 51.67) return 5;
  if (heatIndex >= 39.44) return 4;
  if (heatIndex >= 32.22) return 3;
  return heatIndex >= 26.67 ? 2 : 1;
}

function round(value: number): number {
  return Math.round(value * 100) / 100;
}
