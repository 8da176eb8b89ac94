import { HEADER_BYTES } from './record-header.ts';

/**
 * Observations follow the header like this, columns by falling width so that each is aligned without padding:
 *
 * | what | type | entries | when |
 * |---|---|---|---|
 * | rows, slices | u32 | 2 | |
 * | producers, tenants | u16 | 2 | |
 * | city strings, sensor strings, rejected rows | u32 | 3 | |
 * | baseMs | f64 | 1 | |
 * | observed offset, ms | f64 | rows | flag {@link WIDE_TIME} |
 * | temperature, humidity, wind | f64 | rows each | flags {@link WIDE_TEMPERATURE} … |
 * | sequence, created at (ms) | f64 | slices each | |
 * | letter's offset, first seen (ms) | f64 | letters each | flag {@link REPLAY} |
 * | city reference | u32 | rows | |
 * | observed offset, ms | u32 | rows | without {@link WIDE_TIME} |
 * | row end, digest low, digest high | u32 | slices each | |
 * | letter's row | u32 | letters | flag {@link REPLAY} |
 * | temperature, humidity, wind, hundredths | i16 | rows each | without their flags |
 * | sensor | u16 | rows | flag {@link SENSORS} |
 * | tenant, producer | u16 | slices each | |
 * | attempt | u16 | letters | flag {@link REPLAY} |
 * | trace parent | u16 length, UTF-8 | | flag {@link TRACED} |
 * | tenants | u16 length, UTF-8 | | |
 * | producers | u64 session, u16 length, UTF-8 | | |
 * | city strings, then sensor strings | u16 length, UTF-8 | | |
 * | rejected rows | u32 slice, u32 batch row, u16 reason, u16 message length, u32 observation length, UTF-8, bytes | | |
 *
 * Letters: one a row, accepted rows first, then the rejected ones.
 */
export const OBSERVATIONS_HEADER_BYTES = HEADER_BYTES + 32;

export const WIDE_TIME = 1;
export const WIDE_TEMPERATURE = 2;
export const WIDE_HUMIDITY = 4;
export const WIDE_WIND = 8;
export const SENSORS = 16;
export const TRACED = 32;
/** The rows are those of dead letters. */
export const REPLAY = 64;
/** All flags this format knows. */
export const KNOWN_FLAGS = 127;

/** Byte positions of the columns, counted from the start of the record. */
export interface ObservationsLayout {
  readonly observed: number;
  readonly temperature: number;
  readonly humidity: number;
  readonly wind: number;
  readonly sequence: number;
  readonly createdAt: number;
  readonly cityRef: number;
  readonly rowEnd: number;
  readonly digestLow: number;
  readonly digestHigh: number;
  /** Meaningless without {@link SENSORS}. */
  readonly sensor: number;
  readonly tenant: number;
  readonly producer: number;
  /** Meaningless without {@link REPLAY}, like the other three of a letter. */
  readonly letterOffset: number;
  readonly letterFirstSeen: number;
  readonly letterRow: number;
  readonly letterAttempt: number;
  /** Where strings and rejected rows start: the bytes of all that is fixed. */
  readonly tail: number;
}

/** What the length of a record's columns follows from. */
export interface ObservationsExtent {
  readonly rowCount: number;
  readonly sliceCount: number;
  readonly rejectedCount: number;
}

/** Lays out a record of so many rows and slices. */
export function layOutObservations(flags: number, extent: ObservationsExtent): ObservationsLayout {
  const { rowCount, sliceCount } = extent;
  const letterCount = (flags & REPLAY) === 0 ? 0 : rowCount + extent.rejectedCount;
  let end = OBSERVATIONS_HEADER_BYTES;
  const take = (bytes: number): number => {
    const start = end;
    end += bytes;
    return start;
  };
  const wideTime = (flags & WIDE_TIME) !== 0;
  const wideTemperature = (flags & WIDE_TEMPERATURE) !== 0;
  const wideHumidity = (flags & WIDE_HUMIDITY) !== 0;
  const wideWind = (flags & WIDE_WIND) !== 0;
  let observed = wideTime ? take(8 * rowCount) : 0;
  let temperature = wideTemperature ? take(8 * rowCount) : 0;
  let humidity = wideHumidity ? take(8 * rowCount) : 0;
  let wind = wideWind ? take(8 * rowCount) : 0;
  const sequence = take(8 * sliceCount);
  const createdAt = take(8 * sliceCount);
  const letterOffset = take(8 * letterCount);
  const letterFirstSeen = take(8 * letterCount);
  const cityRef = take(4 * rowCount);
  if (!wideTime) observed = take(4 * rowCount);
  const rowEnd = take(4 * sliceCount);
  const digestLow = take(4 * sliceCount);
  const digestHigh = take(4 * sliceCount);
  const letterRow = take(4 * letterCount);
  if (!wideTemperature) temperature = take(2 * rowCount);
  if (!wideHumidity) humidity = take(2 * rowCount);
  if (!wideWind) wind = take(2 * rowCount);
  const sensor = take((flags & SENSORS) !== 0 ? 2 * rowCount : 0);
  const tenant = take(2 * sliceCount);
  const producer = take(2 * sliceCount);
  const letterAttempt = take(2 * letterCount);
  return {
    observed,
    temperature,
    humidity,
    wind,
    sequence,
    createdAt,
    cityRef,
    rowEnd,
    digestLow,
    digestHigh,
    sensor,
    tenant,
    producer,
    letterOffset,
    letterFirstSeen,
    letterRow,
    letterAttempt,
    tail: end,
  };
}
