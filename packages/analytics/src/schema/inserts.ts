/** Tables that rows are written to. */
export type WrittenTable = 'city_minutes' | 'observations' | 'dead_letters' | 'dead_letter_outcomes';

/** How blocks of a table's native columns become its rows. */
export interface InsertShape {
  /** Columns of the blocks with their types, as `file()` and `input()` take them. */
  readonly structure: string;
  /** Columns written, in the order of `expressions`. */
  readonly columns: readonly string[];
  readonly expressions: readonly string[];
}

type Field = readonly [column: string, expression: string];

const METRICS = [
  ['heat_index', 'heatIndex'],
  ['temperature', 'temperature'],
  ['humidity', 'humidity'],
  ['wind', 'wind'],
] as const;

const WINDOWS = ['5m', '1h', '24h'] as const;

/** Statement that inserts what `source` yields: a `file(…)` or an `input(…)` of the shape's structure. */
export function insertStatement(database: string, table: WrittenTable, source: string, suffix = ''): string {
  const shape = INSERT_SHAPES[table];
  // Blocks are sorted and written as they come: rows of one insert hardly ever share a key, and reads are FINAL.
  const settings =
    'max_threads = 1, max_insert_threads = 1, optimize_on_insert = 0, max_partitions_per_insert_block = 0';
  return `INSERT INTO ${database}.${table} (${shape.columns.join(', ')}) SELECT ${shape.expressions.join(', ')} FROM ${source} SETTINGS ${settings}${suffix}`;
}

/** Shapes by table. */
export const INSERT_SHAPES: Readonly<Record<WrittenTable, InsertShape>> = {
  city_minutes: shapeOf(minuteStructure(), minuteFields()),
  observations: shapeOf(
    [
      'city LowCardinality(String)',
      'sensor LowCardinality(String)',
      'observedMs Float64',
      'partition UInt64',
      'incarnation UInt64',
      'offset Float64',
      'row UInt32',
      'temperature Float64',
      'humidity Float64',
      'wind Float64',
      'stampMs Float64',
    ],
    [
      ['city_id', 'city'],
      ['sensor_id', 'sensor'],
      ['observed_at', instant('observedMs')],
      ['partition', 'partition'],
      ['incarnation', 'incarnation'],
      ['offset', 'toUInt64(offset)'],
      ['row', 'row'],
      ['temperature_celsius', 'temperature'],
      ['humidity_percent', 'humidity'],
      ['wind_mps', 'wind'],
      ['stamped_at', instant('stampMs')],
    ],
  ),
  dead_letters: shapeOf(
    [
      'partition UInt32',
      'offset Float64',
      'row UInt32',
      'incarnation UInt64',
      'reason UInt32',
      'message String',
      'city String',
      'tenant String',
      'producer String',
      'observedMs Float64',
      'firstSeenMs Float64',
      'observation String',
    ],
    [
      ['partition', 'partition'],
      ['offset', 'toUInt64(offset)'],
      ['row', 'row'],
      ['incarnation', 'incarnation'],
      ['reason', 'reason'],
      ['message', 'message'],
      ['city_id', 'city'],
      ['tenant', 'tenant'],
      ['producer_id', 'producer'],
      ['observed_at', nullableInstant('observedMs')],
      ['first_seen_at', instant('firstSeenMs')],
      ['observation', 'observation'],
    ],
  ),
  dead_letter_outcomes: shapeOf(
    [
      'partition UInt32',
      'offset Float64',
      'row UInt32',
      'incarnation UInt64',
      'at Float64',
      'state String',
      'attempts UInt32',
      'nextAttemptMs Float64',
      'reason UInt32',
      'message String',
    ],
    [
      ['partition', 'partition'],
      ['offset', 'toUInt64(offset)'],
      ['row', 'row'],
      ['at', 'toUInt64(at)'],
      ['version', 'bitOr(bitShiftLeft(toUInt128(incarnation), 64), toUInt128(toUInt64(at)))'],
      ['state', 'state'],
      ['attempts', 'attempts'],
      ['next_attempt_at', nullableInstant('nextAttemptMs')],
      ['reason', 'reason'],
      ['message', 'message'],
    ],
  ),
};

function instant(milliseconds: string): string {
  return `fromUnixTimestamp64Milli(toInt64(${milliseconds}), 'UTC')`;
}

/** NaN is no instant. */
function nullableInstant(milliseconds: string): string {
  return `if(isNaN(${milliseconds}), NULL, ${instant(`if(isNaN(${milliseconds}), 0, ${milliseconds})`)})`;
}

function minuteStructure(): string[] {
  return [
    'city LowCardinality(String)',
    'minute UInt32',
    'incarnation UInt64',
    'applied UInt64',
    'count UInt32',
    'risk UInt8',
    'quality UInt8',
    ...METRICS.flatMap(([, name]) => [
      `${name}_count UInt32`,
      `${name}_sum Float64`,
      `${name}_min Int32`,
      `${name}_max Int32`,
    ]),
    ...WINDOWS.flatMap((window) => [
      `rolling${window}_heatIndexCount UInt32`,
      `rolling${window}_heatIndexSum Float64`,
      `rolling${window}_temperatureCount UInt32`,
      `rolling${window}_temperatureSum Float64`,
    ]),
  ];
}

function minuteFields(): Field[] {
  return [
    ['city_id', 'city'],
    ['minute', 'toDateTime(minute * 60)'],
    ['version', 'bitOr(bitShiftLeft(toUInt128(incarnation), 64), toUInt128(applied))'],
    ['observations', 'count'],
    ['risk', 'risk'],
    ['quality', 'quality'],
    ...METRICS.flatMap(([column, name]) => metricFields(column, name)),
    ...WINDOWS.flatMap((window) => windowFields(window)),
  ];
}

/**
 * Extremes are stored as distances from the rounded mean: 0 with one reading a minute, small otherwise.
 * The expression of the centre is {@link minuteCentre}'s over the same integers.
 */
function metricFields(column: string, name: string): Field[] {
  const sum = `toInt64(${name}_sum)`;
  const count = `greatest(${name}_count, 1)`;
  const centre =
    column === 'heat_index'
      ? `toInt64(round(${sum} * 100 / 1073741824 / ${count}))`
      : `intDiv(${sum}, toInt64(${count}))`;
  return [
    [`${column}_count`, `${name}_count`],
    [`${column}_sum`, sum],
    [`${column}_below`, `toInt32(if(${name}_count = 0, 0, ${centre} - ${name}_min))`],
    [`${column}_above`, `toInt32(if(${name}_count = 0, 0, ${name}_max - ${centre}))`],
  ];
}

function windowFields(window: string): Field[] {
  const name = `rolling${window}`;
  return [
    [`heat_index_${window}_count`, `${name}_heatIndexCount`],
    [`heat_index_${window}_sum`, `toInt64(${name}_heatIndexSum)`],
    [`temperature_${window}_count`, `${name}_temperatureCount`],
    [`temperature_${window}_sum`, `toInt64(${name}_temperatureSum)`],
  ];
}

function shapeOf(structure: readonly string[], fields: readonly Field[]): InsertShape {
  return {
    structure: structure.join(', '),
    columns: fields.map(([column]) => column),
    expressions: fields.map(([, expression]) => expression),
  };
}
