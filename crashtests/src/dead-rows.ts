import type { Workload } from './workload.ts';

/** A row that ends as a dead letter: its values, and how far its time lies before the workload's start, in ms. */
export interface DeadRow {
  readonly city: number;
  readonly reason: DeadReason;
  readonly beforeStartMs: number;
  readonly temperatureCenti: number;
  readonly humidityCenti: number;
  readonly windCenti: number;
}

/** DeadLetterReason of isotherm.deadletter.v1, by the names the comparison prints. */
export const DEAD_REASONS = {
  TEMPERATURE_IMPOSSIBLE: 4,
  HUMIDITY_IMPOSSIBLE: 5,
  WIND_IMPOSSIBLE: 6,
  LATE: 10,
} as const;

/** Why a row is no result. */
export type DeadReason = keyof typeof DEAD_REASONS;

/** Late rows lie up to so long before the workload's start: minutes that are sealed once its cities have begun. */
export const LATEST_MS = 3 * 3_600_000;
const LATE_SPAN_SECONDS = 3600;

const LATE_ROWS = 2;
const IMPOSSIBLE_ROWS = 2;
/** A producer runs 32 batches ahead at most: from here on its first ones are applied, so that its cities' clocks have begun. */
const FIRST_LATE_BATCH = 64;
const IMPOSSIBLE = ['TEMPERATURE_IMPOSSIBLE', 'HUMIDITY_IMPOSSIBLE', 'WIND_IMPOSSIBLE'] as const;

/** Dead rows of a batch at most. */
export const MOST_DEAD_ROWS = LATE_ROWS + IMPOSSIBLE_ROWS;

/** Rows of every batch that ingest rejects. */
export const REJECTED_ROWS = IMPOSSIBLE_ROWS;

/** The rows of a batch that must not be in any result: each batch has rejected ones, all but the first also late ones. */
export function deadRowsOf({ citiesPerProducer }: Workload, producer: number, batch: number): DeadRow[] {
  const first = producer * citiesPerProducer;
  const cityOf = (row: number) => first + ((batch * MOST_DEAD_ROWS + row) % citiesPerProducer);
  const rows: DeadRow[] = [];
  const good = { temperatureCenti: 2000, humidityCenti: 5000, windCenti: 300 };
  for (let i = 0; i < IMPOSSIBLE_ROWS; i++) {
    const reason = impossibleReason(batch, i);
    rows.push({
      city: cityOf(i),
      reason,
      beforeStartMs: 0,
      temperatureCenti: reason === 'TEMPERATURE_IMPOSSIBLE' ? 30_000 : good.temperatureCenti,
      humidityCenti: reason === 'HUMIDITY_IMPOSSIBLE' ? 20_000 : good.humidityCenti,
      windCenti: reason === 'WIND_IMPOSSIBLE' ? 60_000 : good.windCenti,
    });
  }
  if (batch < FIRST_LATE_BATCH) return rows;
  for (let i = 0; i < LATE_ROWS; i++) {
    const beforeStartMs = LATEST_MS - (batch % LATE_SPAN_SECONDS) * 1000;
    rows.push({ city: cityOf(IMPOSSIBLE_ROWS + i), reason: 'LATE', beforeStartMs, ...good });
  }
  return rows;
}

/** Dead letters by reason once every batch is applied, of so many batches by producer. */
export function expectedDeadLetters(batches: readonly number[]): Map<DeadReason, number> {
  const counts = new Map<DeadReason, number>();
  const add = (reason: DeadReason, count: number) => {
    if (count > 0) counts.set(reason, (counts.get(reason) ?? 0) + count);
  };
  for (const sent of batches) {
    for (let batch = 0; batch < sent; batch++) {
      for (let i = 0; i < IMPOSSIBLE_ROWS; i++) add(impossibleReason(batch, i), 1);
    }
    add('LATE', LATE_ROWS * Math.max(0, sent - FIRST_LATE_BATCH));
  }
  return counts;
}

function impossibleReason(batch: number, row: number): (typeof IMPOSSIBLE)[number] {
  return IMPOSSIBLE[(batch + row) % IMPOSSIBLE.length] ?? IMPOSSIBLE[0];
}
