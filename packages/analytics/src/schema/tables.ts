import { heldTable, replacing, type SpreadTable, type TablePlace } from './table-place.ts';

/**
 * Durability of a table's parts: an insert returns after its files and their directory are synced, and a merge syncs its
 * result before the parts it replaces are removed. The engine's own default syncs neither.
 */
const DURABLE = 'fsync_after_insert = 1, fsync_part_directory = 1, min_rows_to_fsync_after_merge = 1';

/** Column statistics are made at every insert and merge, for queries unlike ours: a fifth of an insert's time. */
const NO_STATISTICS = "auto_statistics_types = ''";

/**
 * Seconds for which parts that a merge replaced stay on disk. chDB removes them within half a minute (0), ClickHouse
 * after eight (480): until then an engine that finds the merged part cut short goes back to them (dropped-writes.ts).
 */
export const REPLACED_PARTS_STAY = 'old_parts_lifetime = 120';

/** Tables with rows of ours. */
export const MERGED_TABLES: readonly SpreadTable[] = [
  'city_minutes',
  'city_quarter_hours',
  'quarter_marks',
  'observations',
  'dead_letters',
  'dead_letter_outcomes',
];

const TABLE_SETTINGS = `${DURABLE}, ${NO_STATISTICS}`;

/** T64 crops integers to the bits a block uses; the numbers behind every codec here are in docs/adr/0005. */
const INTEGER = 'CODEC(T64, LZ4)';

/** Prefixes of the metrics' columns. */
export const METRICS = ['heat_index', 'temperature', 'humidity', 'wind'] as const;
const WINDOWS = ['5m', '1h', '24h'] as const;

function metricColumns(): string[] {
  return METRICS.flatMap((metric) => [
    `${metric}_count UInt32 ${INTEGER}`,
    `${metric}_sum Int64 ${INTEGER}`,
    `${metric}_below Int32 ${INTEGER}`,
    `${metric}_above Int32 ${INTEGER}`,
  ]);
}

function windowColumns(): string[] {
  return WINDOWS.flatMap((window) => [
    `heat_index_${window}_count UInt32 ${INTEGER}`,
    `heat_index_${window}_sum Int64 ${INTEGER}`,
    `temperature_${window}_count UInt32 ${INTEGER}`,
    `temperature_${window}_sum Int64 ${INTEGER}`,
  ]);
}

/** A minute's mean in hundredths, rounded to an integer: what `_below` and `_above` count from. */
export function minuteCentre(metric: string): string {
  const count = `greatest(${metric}_count, 1)`;
  return metric === 'heat_index'
    ? `toInt64(round(${metric}_sum * 100 / 1073741824 / ${count}))`
    : `intDiv(${metric}_sum, toInt64(${count}))`;
}

/** Extremes in hundredths for people who query by hand; the same expressions the store reads by. */
function aliases(): string[] {
  return METRICS.flatMap((metric) => [
    `${metric}_min Int32 ALIAS toInt32(${minuteCentre(metric)} - ${metric}_below)`,
    `${metric}_max Int32 ALIAS toInt32(${minuteCentre(metric)} + ${metric}_above)`,
  ]);
}

/** A row a city and minute. Sums: heat index in 2^-30 °C, others in hundredths. */
export function cityMinutesTable(place: TablePlace): string {
  const columns = [
    'city_id LowCardinality(String) CODEC(LZ4)',
    "minute DateTime('UTC') CODEC(DoubleDelta, LZ4)",
    'version UInt128 CODEC(ZSTD(1))',
    `observations UInt32 ${INTEGER}`,
    'risk UInt8 CODEC(LZ4)',
    'quality UInt8 CODEC(LZ4)',
    ...metricColumns(),
    ...windowColumns(),
    ...aliases(),
  ];
  return `CREATE TABLE IF NOT EXISTS ${heldTable(place, 'city_minutes')} (${columns.join(', ')})
    ENGINE = ${replacing(place, 'city_minutes', 'version')} PARTITION BY toYYYYMM(minute) ORDER BY (city_id, minute) SETTINGS ${TABLE_SETTINGS}`;
}

/** Observations as they were sent; NaN marks a missing value. Kept for a time counted from their arrival. */
export function observationsTable(place: TablePlace, retentionSeconds: number): string {
  return `CREATE TABLE IF NOT EXISTS ${heldTable(place, 'observations')} (
      city_id LowCardinality(String) CODEC(LZ4),
      observed_at DateTime64(3, 'UTC') CODEC(DoubleDelta, LZ4),
      partition UInt16 CODEC(LZ4),
      offset UInt64 CODEC(T64, LZ4),
      row UInt32 CODEC(T64, LZ4),
      incarnation UInt64 CODEC(LZ4),
      sensor_id LowCardinality(String) CODEC(LZ4),
      temperature_celsius Float64 CODEC(ZSTD(1)),
      humidity_percent Float64 CODEC(ZSTD(1)),
      wind_mps Float64 CODEC(ZSTD(1)),
      stamped_at DateTime64(3, 'UTC') CODEC(DoubleDelta, LZ4)
    ) ENGINE = ${replacing(place, 'observations', 'incarnation')} PARTITION BY toYYYYMM(observed_at)
    ORDER BY (city_id, observed_at, partition, offset, row)
    ${observationsTtl(retentionSeconds)} SETTINGS ${TABLE_SETTINGS}`;
}

/** TTL by the log's stamp, never by the time of the reading: a replay of old readings must not vanish on arrival. */
export function observationsTtl(retentionSeconds: number): string {
  return `TTL toDateTime(stamped_at, 'UTC') + INTERVAL ${retentionSeconds} SECOND`;
}

/** Observations that are not in the results. */
export function deadLettersTable(place: TablePlace): string {
  return `CREATE TABLE IF NOT EXISTS ${heldTable(place, 'dead_letters')} (
      partition UInt16,
      offset UInt64 CODEC(T64, LZ4),
      row UInt32 CODEC(T64, LZ4),
      incarnation UInt64 CODEC(LZ4),
      reason UInt16,
      message String CODEC(ZSTD(1)),
      city_id String CODEC(ZSTD(1)),
      tenant LowCardinality(String),
      producer_id LowCardinality(String),
      observed_at Nullable(DateTime64(3, 'UTC')),
      first_seen_at DateTime64(3, 'UTC') CODEC(DoubleDelta, LZ4),
      observation String CODEC(ZSTD(1))
    ) ENGINE = ${replacing(place, 'dead_letters', 'incarnation')} ORDER BY (partition, offset, row) SETTINGS ${TABLE_SETTINGS}`;
}

/**
 * What replays made of dead letters, each outcome of a letter a row: `at` is the offset of the record that brought it
 * about, `version` incarnation ‖ at. The newest one counts; a purge has the greatest `at` there is.
 */
export function deadLetterOutcomesTable(place: TablePlace): string {
  return `CREATE TABLE IF NOT EXISTS ${heldTable(place, 'dead_letter_outcomes')} (
      partition UInt16,
      offset UInt64 CODEC(T64, LZ4),
      row UInt32 CODEC(T64, LZ4),
      at UInt64 CODEC(T64, LZ4),
      version UInt128 CODEC(ZSTD(1)),
      state LowCardinality(String),
      attempts UInt16,
      next_attempt_at Nullable(DateTime64(3, 'UTC')),
      reason UInt16,
      message String CODEC(ZSTD(1))
    ) ENGINE = ${replacing(place, 'dead_letter_outcomes', 'version')} ORDER BY (partition, offset, row, at) SETTINGS ${TABLE_SETTINGS}`;
}

/**
 * Quarter-hours made of minutes. Local days begin at :00, :15, :30 or :45 in every zone, so days are made of these.
 * `version` is the sum of the minutes' versions: a minute added or corrected raises it, and nothing lowers it.
 */
export function cityQuarterHoursTable(place: TablePlace): string {
  const columns = [
    'city_id LowCardinality(String) CODEC(LZ4)',
    "quarter DateTime('UTC') CODEC(DoubleDelta, LZ4)",
    'version UInt256 CODEC(ZSTD(1))',
    `minutes UInt8 ${INTEGER}`,
    `observations UInt64 ${INTEGER}`,
    ...METRICS.flatMap((metric) => [
      `${metric}_count UInt64 ${INTEGER}`,
      `${metric}_sum Int64 ${INTEGER}`,
      `${metric}_min Int32 ${INTEGER}`,
      `${metric}_max Int32 ${INTEGER}`,
    ]),
  ];
  return `CREATE TABLE IF NOT EXISTS ${heldTable(place, 'city_quarter_hours')} (${columns.join(', ')})
    ENGINE = ${replacing(place, 'city_quarter_hours', 'version')} PARTITION BY toYYYYMM(quarter) ORDER BY (city_id, quarter) SETTINGS ${TABLE_SETTINGS}`;
}

/** Quarter-hours whose minutes changed since they were rolled up (`marked` = 1), or were rolled up (0). */
export function quarterMarksTable(place: TablePlace): string {
  return `CREATE TABLE IF NOT EXISTS ${heldTable(place, 'quarter_marks')}
    (quarter DateTime('UTC'), sequence UInt64, marked UInt8)
    ENGINE = ${replacing(place, 'quarter_marks', 'sequence')} ORDER BY quarter SETTINGS ${TABLE_SETTINGS}`;
}
