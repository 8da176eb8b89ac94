import {
  type HistoryPoint,
  type IsothermClient,
  IsothermClientError,
  type Observation,
  type ReadToken,
} from '@isotherm/client';
import type { FileSummary } from './inspect-file.ts';

/** Readings that the platform has already. */
export interface StoredReadings {
  /** Whether the platform has this reading; each stored reading answers for one of the file. */
  take(observation: Observation, timeMs: number): boolean;
}

const MINUTE_MS = 60_000;
/** Half a step of the stored scale, and room for the arithmetic of units. */
const TOLERANCE = 0.0051;

/** What is stored of a city's minute. */
interface StoredMinute {
  left: number;
  readonly point: HistoryPoint;
}

/**
 * Reads back what is stored of a file's cities in the file's time, by the minute, everything acked so far included.
 *
 * @param cityIdOf the platform's id of a city of the file
 */
export async function readStoredReadings(
  client: IsothermClient,
  summary: FileSummary,
  options: { readonly cityIdOf: (city: string) => string; readonly readToken: ReadToken; readonly signal: AbortSignal },
): Promise<StoredReadings> {
  const minutes = new Map<string, StoredMinute>();
  for (const [city, { fromMs, toMs }] of summary.cities) {
    const cityId = options.cityIdOf(city);
    const pages = client.history(cityId, {
      startTime: Math.floor(fromMs / MINUTE_MS) * MINUTE_MS,
      endTime: toMs + MINUTE_MS,
      resolution: 'MINUTE',
      pageSize: 10_000,
      readToken: options.readToken,
      timeoutMs: 60_000,
      signal: options.signal,
    });
    try {
      for await (const page of pages) {
        // A name of the catalogue may mean another city than the one of the file.
        if (page.city.cityId !== cityId) break;
        for (const point of page.points)
          minutes.set(key(cityId, point.startTime.getTime()), { left: point.count, point });
      }
    } catch (error) {
      if (!(error instanceof IsothermClientError) || error.code !== 'NOT_FOUND') throw error;
    }
  }
  return {
    take(observation, timeMs) {
      const minute = minutes.get(key(observation.cityId, timeMs));
      if (minute === undefined || minute.left === 0 || !agrees(observation, minute.point)) return false;
      minute.left -= 1;
      return true;
    },
  };
}

function key(cityId: string, timeMs: number): string {
  return `${Math.floor(timeMs / MINUTE_MS)} ${cityId}`;
}

/** Whether a reading can be among those that made up a minute: within its extremes, and its mean where it has but one. */
function agrees(observation: Observation, point: HistoryPoint): boolean {
  const single = point.count === 1;
  const within = (value: number | undefined, low: number | undefined, high: number | undefined) =>
    value === undefined
      ? !single || low === undefined
      : low !== undefined && high !== undefined && value >= low - TOLERANCE && value <= high + TOLERANCE;
  const humidity = point.relativeHumidityPercent;
  return (
    within(observation.temperatureCelsius, point.temperatureMin, point.temperatureMax) &&
    (!single || within(clip(observation.relativeHumidityPercent), humidity, humidity)) &&
    (!single || within(observation.windSpeedMps, point.windSpeed, point.windSpeed))
  );
}

/** The platform keeps 100 to 105 % as 100. */
function clip(humidity: number | undefined): number | undefined {
  return humidity === undefined ? undefined : Math.min(100, humidity);
}
