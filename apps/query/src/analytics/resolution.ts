import type { HistoryResolution } from '@isotherm/analytics';
import { Resolution } from '@isotherm/contracts/analytics/v1/analytics_service';
import { invalidRequest } from '../rpc/validation.ts';
import { localDay, startOfLocalDay } from './local-day.ts';
import type { TimeSpan } from './time-span.ts';

/** Points that a resolution chosen from the span yields at most. */
const AUTOMATIC_POINTS = 1500;

const MINUTE_MS = 60_000;

/** Widths to choose from, the finest first. */
const WIDTHS = [
  { resolution: Resolution.MINUTE, ms: MINUTE_MS },
  { resolution: Resolution.QUARTER_HOUR, ms: 15 * MINUTE_MS },
  { resolution: Resolution.HOUR, ms: 60 * MINUTE_MS },
] as const;

const STORE_NAMES = {
  [Resolution.RAW]: 'raw',
  [Resolution.MINUTE]: 'minute',
  [Resolution.QUARTER_HOUR]: 'quarterHour',
  [Resolution.HOUR]: 'hour',
  [Resolution.DAY]: 'day',
} as const satisfies Record<number, HistoryResolution>;

/** A resolution that is set. */
export type ChosenResolution = keyof typeof STORE_NAMES;

/** The resolution wanted; without one the finest that gives at most {@link AUTOMATIC_POINTS} points, days beyond. */
export function chooseResolution(wanted: Resolution, { fromMs, toMs }: TimeSpan): ChosenResolution {
  if (wanted !== Resolution.UNSPECIFIED) {
    if (wanted in STORE_NAMES) return wanted;
    throw invalidRequest([{ field: 'resolution', description: `${wanted} is none of Resolution's values` }]);
  }
  return WIDTHS.find(({ ms }) => (toMs - fromMs) / ms <= AUTOMATIC_POINTS)?.resolution ?? Resolution.DAY;
}

/** Where the point begins that holds an instant. */
export function pointStart(ms: number, resolution: ChosenResolution, timeZone: string): number {
  if (resolution === Resolution.RAW) return ms;
  if (resolution === Resolution.DAY) return Math.max(0, startOfLocalDay(localDay(ms, timeZone), timeZone));
  const width = WIDTHS.find((each) => each.resolution === resolution)?.ms ?? 1;
  return Math.floor(ms / width) * width;
}

/** A resolution as the store names it. */
export function storeResolution(resolution: ChosenResolution): HistoryResolution {
  return STORE_NAMES[resolution];
}
