import type { QueryHistoryResponse, RankCitiesResponse } from '@isotherm/contracts/analytics/v1/analytics_service';
import { Resolution, ResolutionSchema } from '@isotherm/contracts/analytics/v1/analytics_service';
import { enumWord } from '@isotherm/enum-words';
import { cityJson, formulaName, instant, localTime, rounded, unitsJson } from './json-answers.ts';

/** A page of history as JSON. */
export function historyJson(history: QueryHistoryResponse) {
  const minutes = history.resolution === Resolution.MINUTE;
  return {
    city: cityJson(history.city),
    resolution: enumWord(ResolutionSchema, history.resolution),
    time_zone: history.timeZone,
    units: unitsJson(history.units),
    heat_index_formula: formulaName(history.heatIndexFormula),
    start_time: instant(history.startTime),
    end_time: instant(history.endTime),
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
