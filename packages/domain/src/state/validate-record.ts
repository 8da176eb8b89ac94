import {
  CITY_STRING_BIT,
  NO_PRODUCER,
  type ObservationsRecord,
  type ReplayColumns,
  type ValueColumn,
} from '@isotherm/records';

/** Values beyond this are nonsense that would break exact sums. */
const MAX_VALUE = 10_000;
/** Minutes since the epoch stay below 2³¹: until the year 6053. */
const MAX_OBSERVED_MS = 0x7fff_ffff * 60_000;

/**
 * Checks everything that applying the record relies on, so that nothing can fail half way.
 * @throws RangeError with a sentence on what is wrong.
 */
export function validateObservations(record: ObservationsRecord): void {
  const { rowCount } = record;
  requireThat(Number.isInteger(rowCount) && rowCount >= 0, `${rowCount} is no number of rows`);
  requireThat(record.cityRef.length >= rowCount, 'the column of cities is too short');
  requireThat(record.observedOffsetMs.length >= rowCount, 'the column of times is too short');
  validateCities(record);
  validateTimes(record);
  validateValues('temperature', record.temperature, rowCount);
  validateValues('humidity', record.humidity, rowCount);
  validateValues('wind', record.wind, rowCount);
  validateSlices(record);
  for (const { slice } of record.rejectedRows) {
    requireThat(
      slice >= 0 && slice < record.slices.count,
      `a rejected row belongs to slice ${slice}, which is not there`,
    );
  }
}

/**
 * Checks the letters of a replay at `offset`: each came before it.
 * @throws RangeError with a sentence on what is wrong.
 */
export function validateReplay(record: ObservationsRecord, letters: ReplayColumns, offset: number): void {
  const count = record.rowCount + record.rejectedRows.length;
  for (const column of [letters.offset, letters.row, letters.attempt, letters.firstSeenMs]) {
    requireThat(column.length === count, `a replay of ${count} rows has ${column.length} letters`);
  }
  for (const letter of letters.offset) {
    requireThat(letter >= 0 && letter < offset, `a replay at offset ${offset} names a letter of offset ${letter}`);
  }
}

/** @throws RangeError if it is no time. */
export function requireStamp(appendMs: number): void {
  requireThat(Number.isFinite(appendMs) && appendMs >= 0, `append stamp ${appendMs} is no time`);
}

function validateCities({ cityRef, cityStrings, rowCount }: ObservationsRecord): void {
  let highest = 0;
  for (let row = 0; row < rowCount; row++) {
    const ref = cityRef[row]!;
    if (ref > highest) highest = ref;
  }
  const index = highest - CITY_STRING_BIT;
  requireThat(index < cityStrings.length, `a row names city string ${index} of ${cityStrings.length}`);
}

function validateTimes({ baseMs, observedOffsetMs, rowCount }: ObservationsRecord): void {
  let lowest = 0;
  let highest = 0;
  let sound = true;
  for (let row = 0; row < rowCount; row++) {
    const offset = observedOffsetMs[row]!;
    if (offset < lowest) lowest = offset;
    if (offset > highest) highest = offset;
    sound &&= !Number.isNaN(offset);
  }
  requireThat(sound && baseMs + lowest >= 0 && baseMs + highest < MAX_OBSERVED_MS, 'a row was observed at no time');
}

function validateValues(name: string, column: ValueColumn, rowCount: number): void {
  requireThat(column.values.length >= rowCount, `the column of ${name} is too short`);
  if (column.kind === 'centi') return;
  for (let row = 0; row < rowCount; row++) {
    const value = column.values[row]!;
    if (value > MAX_VALUE || value < -MAX_VALUE) throw new RangeError(`row ${row} has a ${name} of ${value}`);
  }
}

function validateSlices({ slices, tenants, producers, rowCount }: ObservationsRecord): void {
  const { count, rowEnd, tenant, producer, sequence, createdAtMs, digestLow, digestHigh } = slices;
  for (const column of [rowEnd, tenant, producer, sequence, createdAtMs, digestLow, digestHigh]) {
    requireThat(column.length >= count, 'a column of slices is too short');
  }
  let end = 0;
  for (let slice = 0; slice < count; slice++) {
    requireThat(rowEnd[slice]! >= end, `slice ${slice} ends before it starts`);
    end = rowEnd[slice]!;
    requireThat(tenant[slice]! < tenants.length, `slice ${slice} is of a tenant that is not there`);
    if (producer[slice] === NO_PRODUCER) continue;
    requireThat(producer[slice]! < producers.length, `slice ${slice} is of a producer that is not there`);
    requireThat(Number.isSafeInteger(sequence[slice]) && sequence[slice]! >= 0, `slice ${slice} has no good sequence`);
    requireThat(Number.isFinite(createdAtMs[slice]), `slice ${slice} has no creation time`);
  }
  requireThat(end === rowCount, `slices cover ${end} of ${rowCount} rows`);
}

function requireThat(holds: boolean, message: string): void {
  if (!holds) throw new RangeError(message);
}
