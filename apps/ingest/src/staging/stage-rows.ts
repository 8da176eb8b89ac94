import { rowDigestHigh, rowDigestLow } from '@isotherm/records';
import { CITY_SHIFT } from '../cities/city-dictionary.ts';
import type { PartValues } from '../rules/row-verdicts.ts';
import type { BatchPart } from './batch-part.ts';
import type { StagedGroup } from './staged-group.ts';

const NO_CENTIS = new Int16Array();

/** A part of a batch, judged. */
export interface JudgedPart {
  readonly part: BatchPart;
  readonly values: PartValues;
  /** Of each row 0 or the reason to reject it; undefined: all are taken. */
  readonly reasons: Uint8Array | undefined;
}

/**
 * Appends the accepted rows of a part to a group and adds every row, rejected ones too, to the digest of its slice.
 * Slices with an index below `firstSlice` are of other batches. The loop keeps to locals and typed arrays: a call or a
 * property read in it makes the engine check every array again.
 */
export function stageRows(group: StagedGroup, judged: JudgedPart, firstSlice: number): void {
  const { part, values, reasons } = judged;
  const { cityIndex } = part.columns;
  const rowCount = cityIndex.length;
  group.reserve(rowCount);
  group.slices.reserve(Math.min(rowCount, group.slices.last.length));
  const batch = group.batches.length - 1;
  const citySize = part.cities.size;
  const { words } = part.cities;
  const { partition, cityRef, observedMs, slices } = group;
  const { last, partition: slicePartition, batch: sliceBatch, rows: sliceRows, digestLow, digestHigh } = slices;
  const partitionCount = last.length;
  let sliceCount = slices.count;
  const time = values.time.observedMs;
  const temperature = values.temperature.digest;
  const humidity = values.humidity.digest;
  const wind = values.wind.digest;
  const centis = directColumns(group, values);
  const temperatures = centis?.temperature ?? NO_CENTIS;
  const humidities = centis?.humidity ?? NO_CENTIS;
  const winds = centis?.wind ?? NO_CENTIS;
  const direct = centis !== undefined;
  const first = group.rows;
  let next = first;
  for (let row = 0; row < rowCount; row += 1) {
    const index = cityIndex[row]!;
    const city = index << CITY_SHIFT;
    const known = index < citySize;
    const owner = known ? words[city + 1]! | 0 : index % partitionCount;
    const cityLow = known ? words[city + 2]! | 0 : index | 0;
    const cityHigh = known ? words[city + 3]! | 0 : ~index;
    let slice = last[owner]!;
    if (slice < firstSlice) {
      slice = sliceCount;
      sliceCount += 1;
      slicePartition[slice] = owner;
      sliceBatch[slice] = batch;
      sliceRows[slice] = 0;
      digestLow[slice] = 0;
      digestHigh[slice] = 0;
      last[owner] = slice;
    }
    const observed = time[row]!;
    const t = temperature[row]!;
    const h = humidity[row]!;
    const w = wind[row]!;
    digestLow[slice] = (digestLow[slice]! + rowDigestLow(cityLow, observed, t, h, w)) | 0;
    digestHigh[slice] = (digestHigh[slice]! + rowDigestHigh(cityHigh, observed, t, h, w)) | 0;
    if (reasons !== undefined && reasons[row] !== 0) continue;
    sliceRows[slice] = sliceRows[slice]! + 1;
    partition[next] = owner;
    cityRef[next] = words[city]!;
    observedMs[next] = observed;
    if (direct) {
      temperatures[next] = t;
      humidities[next] = h;
      winds[next] = w;
    }
    next += 1;
  }
  slices.count = sliceCount;
  if (!direct) {
    group.temperature.append(values.temperature, rowCount, first, reasons);
    group.humidity.append(values.humidity, rowCount, first, reasons);
    group.wind.append(values.wind, rowCount, first, reasons);
  }
  stageSensors(group, judged, first);
  group.rows = next;
  stageTimes(group, judged, first);
}

/** Where values can be written as they are: hundredths, none missing. */
function directColumns(
  group: StagedGroup,
  values: PartValues,
): { temperature: Int16Array; humidity: Int16Array; wind: Int16Array } | undefined {
  const temperature = group.temperature.direct(values.temperature);
  const humidity = group.humidity.direct(values.humidity);
  const wind = group.wind.direct(values.wind);
  return temperature === undefined || humidity === undefined || wind === undefined
    ? undefined
    : { temperature, humidity, wind };
}

function stageTimes(group: StagedGroup, { values, reasons }: JudgedPart, first: number): void {
  if (reasons === undefined) {
    if (values.time.earliestMs < group.earliestMs) group.earliestMs = values.time.earliestMs;
    if (values.time.latestMs > group.latestMs) group.latestMs = values.time.latestMs;
    return;
  }
  for (let row = first; row < group.rows; row += 1) {
    const observed = group.observedMs[row]!;
    if (observed < group.earliestMs) group.earliestMs = observed;
    if (observed > group.latestMs) group.latestMs = observed;
  }
}

function stageSensors(group: StagedGroup, { part, reasons }: JudgedPart, first: number): void {
  const { sensorIndex } = part.columns;
  const rowCount = part.columns.cityIndex.length;
  if (sensorIndex.length === 0) {
    if (group.sensor !== undefined) group.sensor.fill(0, first, first + rowCount);
    return;
  }
  const sensor = group.sensor ?? group.withSensors();
  let next = first;
  for (let row = 0; row < rowCount; row += 1) {
    if (reasons !== undefined && reasons[row] !== 0) continue;
    const id = part.sensors.ids[sensorIndex[row]! - 1] ?? '';
    sensor[next] = id === '' ? 0 : group.sensorIndex(id);
    next += 1;
  }
}
