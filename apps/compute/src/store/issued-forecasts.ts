import type { MinuteRows } from '@isotherm/domain';
import type { HeldPartition } from '../partition/held-partition.ts';
import type { IssuedForecast } from './result-publisher.ts';

const LEAD_HOURS = Array.from({ length: 24 }, (_, index) => index + 1);

/** Forecasts that were issued since they were published last: of each city the newest, again after a start. */
export interface IssuedForecasts {
  /** Those of the cities that have rows. @returns them, and what notes that they are published */
  take(
    held: HeldPartition,
    rows: MinuteRows,
  ): {
    readonly forecasts: readonly IssuedForecast[];
    readonly published: () => void;
  };
}

/** Nothing is published yet. */
export function createIssuedForecasts(): IssuedForecasts {
  /** By the state that they were made from, as it goes with its partition: issue times by city. */
  const publishedMs = new WeakMap<HeldPartition, Map<string, number>>();
  return {
    take(held, rows) {
      const known = publishedMs.get(held) ?? new Map<string, number>();
      publishedMs.set(held, known);
      const taken = new Map<string, IssuedForecast>();
      for (const slot of rows.city) {
        const cityId = rows.cityIds[slot]!;
        const issuedMs = held.forecaster.issuedMs(slot);
        if (issuedMs === undefined || taken.has(cityId) || known.get(cityId) === issuedMs) continue;
        const points = held.forecaster.forecast(slot, LEAD_HOURS, held.state.settings.formula);
        if (points.length > 0) taken.set(cityId, { cityId, appliedOffset: rows.appliedOffset, issuedMs, points });
      }
      return {
        forecasts: [...taken.values()],
        published: () => {
          for (const { cityId, issuedMs } of taken.values()) known.set(cityId, issuedMs);
        },
      };
    },
  };
}
