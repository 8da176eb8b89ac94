import { RejectReason } from '@isotherm/contracts/ingest/v1/ingest_service';
import { MISSING_DIGEST } from '@isotherm/records';
import type { BatchPart } from '../staging/batch-part.ts';
import type { TimeBatch } from '../staging/time-batch.ts';
import type { ValueBatch } from '../staging/value-batch.ts';
import { EARLIEST_OBSERVED_MS, MAX_AHEAD_MS } from './observation-rules.ts';

/** The values of a batch part, read. */
export interface PartValues {
  readonly time: TimeBatch;
  readonly temperature: ValueBatch;
  readonly humidity: ValueBatch;
  readonly wind: ValueBatch;
}

/** Decides which rows of a part are taken. */
export interface RowValidator {
  /**
   * @returns of each row 0 or the reason to reject it, the first in the order of Observation's fields; undefined if all
   * rows are taken. Overwritten by the next call. Whether a new city is let in is decided by {@link admitCities}.
   */
  validate(part: BatchPart, values: PartValues, nowMs: number): Uint8Array | undefined;
  /**
   * Lets the cities in that acceptable rows are the first of; the rows of others are rejected from here on.
   * @param tenantOf whose row it is
   * @returns the reasons of {@link validate}, with those of rows whose city is kept out
   */
  admitCities(
    part: BatchPart,
    reasons: Uint8Array | undefined,
    tenantOf: (row: number) => string,
  ): Uint8Array | undefined;
}

/** Creates a validator with memory of its own. */
export function createRowValidator(): RowValidator {
  let reasons = new Uint8Array(1024);
  const reserve = (rowCount: number): void => {
    if (reasons.length < rowCount) reasons = new Uint8Array(2 ** Math.ceil(Math.log2(rowCount)));
  };
  return {
    validate(part, values, nowMs) {
      const rowCount = part.columns.cityIndex.length;
      const latestAllowedMs = nowMs + MAX_AHEAD_MS;
      const checks = [
        citiesNeedALook(part) && ((row: number) => cityReason(part, row)),
        part.columns.sensorIndex.length > 0 && ((row: number) => sensorReason(part, row)),
        timesNeedALook(values.time, latestAllowedMs) &&
          ((row: number) => timeReason(values.time.observedMs[row]!, latestAllowedMs)),
        impossible(values.temperature, RejectReason.TEMPERATURE_IMPOSSIBLE),
        impossible(values.humidity, RejectReason.HUMIDITY_IMPOSSIBLE),
        impossible(values.wind, RejectReason.WIND_IMPOSSIBLE),
        values.temperature.someMissing &&
          values.humidity.someMissing &&
          values.wind.someMissing &&
          ((row: number) => emptyReason(values, row)),
      ].filter((check) => check !== false);
      if (checks.length === 0) return undefined;
      reserve(rowCount);
      let rejected = false;
      for (let row = 0; row < rowCount; row += 1) {
        let reason = 0;
        for (let index = 0; index < checks.length && reason === 0; index += 1) reason = checks[index]!(row);
        reasons[row] = reason;
        rejected ||= reason !== 0;
      }
      return rejected ? reasons : undefined;
    },
    admitCities({ cities, columns }, validated, tenantOf) {
      if (cities.unusedCount === 0) return validated;
      const { cityIndex } = columns;
      let found = validated;
      for (let row = 0; row < cityIndex.length; row += 1) {
        if (found !== undefined && found[row] !== 0) continue;
        const index = cityIndex[row]!;
        if (cities.isUnused[index] === 0 || cities.admit(index, tenantOf(row))) continue;
        if (found === undefined) {
          reserve(cityIndex.length);
          found = reasons.fill(0, 0, cityIndex.length);
        }
        found[row] = RejectReason.TOO_MANY_CITIES;
      }
      return found;
    },
  };
}

function citiesNeedALook({ cities, columns }: BatchPart): boolean {
  if (cities.invalidCount > 0) return true;
  const { cityIndex } = columns;
  let highest = 0;
  for (let row = 0; row < cityIndex.length; row += 1) {
    const index = cityIndex[row]!;
    if (index > highest) highest = index;
  }
  return highest >= cities.size;
}

function cityReason({ cities, columns }: BatchPart, row: number): number {
  const index = columns.cityIndex[row]!;
  return index < cities.size ? cities.reasons[index]! : RejectReason.CITY_INDEX_OUT_OF_RANGE;
}

function sensorReason({ sensors, columns }: BatchPart, row: number): number {
  return sensors.isValid(columns.sensorIndex[row]!) ? 0 : RejectReason.SENSOR_INVALID;
}

function timesNeedALook(time: TimeBatch, latestAllowedMs: number): boolean {
  return !time.complete || time.earliestMs < EARLIEST_OBSERVED_MS || time.latestMs > latestAllowedMs;
}

function timeReason(observedMs: number, latestAllowedMs: number): number {
  if (!(observedMs >= EARLIEST_OBSERVED_MS)) return RejectReason.TIME_INVALID;
  return observedMs > latestAllowedMs ? RejectReason.TIME_IN_FUTURE : 0;
}

function impossible(values: ValueBatch, reason: RejectReason): false | ((row: number) => number) {
  return values.someImpossible && ((row) => (values.impossible[row] === 1 ? reason : 0));
}

function emptyReason({ temperature, humidity, wind }: PartValues, row: number): number {
  return temperature.digest[row] === MISSING_DIGEST &&
    humidity.digest[row] === MISSING_DIGEST &&
    wind.digest[row] === MISSING_DIGEST
    ? RejectReason.EMPTY
    : 0;
}
