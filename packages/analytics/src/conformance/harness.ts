import type { AnalyticsStore, HistoryQuery, HistoryRow } from '../analytics-store.ts';
import { minuteRows, type SampleMinute } from './rows.ts';

/** A store to be examined, freshly made and empty. */
export interface Harness {
  readonly store: AnalyticsStore;
  /** Makes the engine merge what it has, now. */
  readonly optimize: () => Promise<void>;
  /** Rolls quarter-hours up, now. */
  readonly rollUp: () => Promise<void>;
  /** Releases everything, the store included. */
  readonly dispose: () => Promise<void>;
}

/** Two logs, the second one newer. */
export const FIRST = { incarnation: '00000190a0b0c0d0' };
export const SECOND = { incarnation: '00000190a0b0c0d1' };
export const MINUTE_MS = 60_000;
/** A minute that the tests' rows begin at. */
export const JULY = Date.UTC(2026, 6, 1) / MINUTE_MS;

/** What tests of a suite write and read with. Each test has cities of its own. */
export function createStoreTools(harness: () => Harness) {
  const write = (offset: number, samples: readonly SampleMinute[], origin = FIRST) =>
    harness().store.writeMinuteRows(origin, [minuteRows(offset, samples)]);
  const history = (cityId: string, query: Partial<HistoryQuery> = {}) =>
    harness().store.history({
      cityId,
      fromMs: (JULY - 1_440) * MINUTE_MS,
      toMs: (JULY + 14_400) * MINUTE_MS,
      resolution: 'minute',
      timeZone: 'UTC',
      limit: 1_000,
      after: undefined,
      ...query,
    });
  const temperatures = async (cityId: string, query: Partial<HistoryQuery> = {}) =>
    (await history(cityId, query)).map((row) => row.temperature);
  return { write, history, temperatures };
}

type Cursor = NonNullable<HistoryQuery['after']>;

/** All rows, page by page. */
export async function pages(
  read: (after: Cursor | undefined) => Promise<readonly HistoryRow[]>,
  cursor: (row: HistoryRow) => Cursor,
): Promise<HistoryRow[]> {
  const rows: HistoryRow[] = [];
  for (let after: Cursor | undefined; ; ) {
    const page = await read(after);
    const last = page.at(-1);
    if (last === undefined) return rows;
    rows.push(...page);
    after = cursor(last);
  }
}
