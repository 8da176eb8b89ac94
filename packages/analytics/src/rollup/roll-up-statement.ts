import { METRICS, minuteCentre } from '../schema/tables.ts';

/** One metric of a minute in hundredths: what min and max of wider points are made of. */
export function minuteExtremes(metric: string): { readonly minimum: string; readonly maximum: string } {
  const centre = minuteCentre(metric);
  return { minimum: `(${centre} - ${metric}_below)`, maximum: `(${centre} + ${metric}_above)` };
}

/**
 * Statement that makes the quarter-hours within [from, to) again from their minutes. Minutes are read as they count now
 * (FINAL), so corrections count once; the result is the same however often it runs.
 */
export function rollUpStatement(database: string, from: number, to: number): string {
  const metrics = METRICS.flatMap((metric) => {
    const { minimum, maximum } = minuteExtremes(metric);
    const measured = `${metric}_count > 0`;
    return [
      `sum(${metric}_count)`,
      `sum(${metric}_sum)`,
      `minIf(toInt32(${minimum}), ${measured})`,
      `maxIf(toInt32(${maximum}), ${measured})`,
    ];
  });
  const columns = METRICS.flatMap((metric) => ['count', 'sum', 'min', 'max'].map((part) => `${metric}_${part}`));
  // The group follows the sort key: rows are aggregated as they stream by, in little memory.
  return `INSERT INTO ${database}.city_quarter_hours (city_id, quarter, version, minutes, observations, ${columns.join(', ')})
    SELECT city_id, toStartOfInterval(minute, INTERVAL 15 MINUTE, 'UTC') AS start,
      sum(toUInt256(city_minutes.version)), count(), sum(toUInt64(observations)), ${metrics.join(', ')}
    FROM ${database}.city_minutes FINAL
    WHERE minute >= toDateTime(${from}, 'UTC') AND minute < toDateTime(${to}, 'UTC')
    GROUP BY city_id, start
    SETTINGS max_threads = 1, max_insert_threads = 1, optimize_on_insert = 0, optimize_aggregation_in_order = 1,
      do_not_merge_across_partitions_select_final = 1, max_partitions_per_insert_block = 0`;
}
