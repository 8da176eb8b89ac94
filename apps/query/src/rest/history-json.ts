import type { QueryHistoryResponse, RankCitiesResponse } from '@isotherm/contracts/analytics/v1/analytics_service';
import { Metric, Resolution } from '@isotherm/contracts/analytics/v1/analytics_service';
import { cityJson, formulaName, instant, localTime, rounded, unitsJson } from './json-answers.ts';

/** Words for a metric in URLs. */
export const METRIC_WORDS = {
  heat_index: Metric.HEAT_INDEX,
  temperature: Metric.TEMPERATURE,
  relative_humidity: Metric.RELATIVE_HUMIDITY,
  humidity: Metric.RELATIVE_HUMIDITY,
  wind_speed: Metric.WIND_SPEED,
  wind: Metric.WIND_SPEED,
} as const;

/** Words for a resolution in URLs. */
export const RESOLUTION_WORDS = {
  auto: Resolution.UNSPECIFIED,
  raw: Resolution.RAW,
  minute: Resolution.MINUTE,
  quarter_hour: Resolution.QUARTER_HOUR,
  hour: Resolution.HOUR,
  day: Resolution.DAY,
} as const;

/** A page of history as JSON. */
export function historyJson(history: QueryHistoryResponse) {
  const minutes = history.resolution === Resolution.MINUTE;
  return {
    city: cityJson(history.city),
    resolution: Resolution[history.resolution].toLowerCase(),
    time_zone: history.timeZone,
    units: unitsJson(history.units),
    heat_index_formula: formulaName(history.heatIndexFormula),
    points: history.points.map((point) => ({
      start_time: instant(point.startTime),
      local_time: localTime(point.startTime, history.timeZone),
      count: Number(point.count),
      temperature: rounded(point.temperature),
      temperature_min: rounded(point.temperatureMin),
      temperature_max: rounded(point.temperatureMax),
      relative_humidity_percent: rounded(point.relativeHumidityPercent),
      wind_speed: rounded(point.windSpeed),
      wind_speed_max: rounded(point.windSpeedMax),
      heat_index: rounded(point.heatIndex),
      heat_index_min: rounded(point.heatIndexMin),
      heat_index_max: rounded(point.heatIndexMax),
      ...(minutes
        ? {
            heat_index_rolling_5m: rounded(point.heatIndexRolling5m),
            heat_index_rolling_1h: rounded(point.heatIndexRolling1h),
            heat_index_rolling_24h: rounded(point.heatIndexRolling24h),
          }
        : {}),
    })),
    next_page_token: history.nextPageToken === '' ? null : history.nextPageToken,
    demo: history.demo,
  };
}

/** A ranking as JSON. */
export function rankJson(ranking: RankCitiesResponse) {
  return {
    units: unitsJson(ranking.units),
    cities: ranking.cities.map(({ city, value, count, demo }) => ({
      ...cityJson(city),
      value: rounded(value),
      count: Number(count),
      demo,
    })),
  };
}
