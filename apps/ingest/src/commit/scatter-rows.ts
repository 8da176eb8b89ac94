import { exactCenti, MISSING_CENTI } from '@isotherm/records';
import type { StagedGroup } from '../staging/staged-group.ts';
import type { StagedValues } from '../staging/staged-values.ts';
import type { RecordMemory } from './record-memory.ts';

/**
 * Where the columns of each partition's record begin, counted in entries of the memory seen as the column's type. Signed, since
 * sums of unsigned ones leave 32 bits and cost the hot loop its integers.
 */
export interface ColumnPositions {
  /** Next row of each partition; starts at 0. */
  readonly nextRow: Int32Array;
  readonly cityRef: Int32Array;
  readonly observed: Int32Array;
  readonly temperature: Int32Array;
  readonly humidity: Int32Array;
  readonly wind: Int32Array;
  readonly sensor: Int32Array;
  readonly baseMs: Float64Array;
  /** Bits of {@link WIDE}: which columns are float64. */
  readonly wide: Uint8Array;
}

/** Bits of {@link ColumnPositions.wide}. */
export const WIDE = { time: 1, temperature: 2, humidity: 4, wind: 8 } as const;

/** Creates positions of so many partitions. */
export function createColumnPositions(partitionCount: number): ColumnPositions {
  const column = () => new Int32Array(partitionCount);
  return {
    nextRow: column(),
    cityRef: column(),
    observed: column(),
    temperature: column(),
    humidity: column(),
    wind: column(),
    sensor: column(),
    baseMs: new Float64Array(partitionCount),
    wide: new Uint8Array(partitionCount),
  };
}

/**
 * Copies every row of a group to its place in its partition's record, where all columns are fixed point. All that the
 * loop touches is in locals: a property read or a call in it makes the engine check every array again, which doubles
 * its time.
 */
export function scatterNarrow(group: StagedGroup, memory: RecordMemory, positions: ColumnPositions): void {
  const { rows, partition, cityRef, observedMs } = group;
  const temperature = group.temperature.centi;
  const humidity = group.humidity.centi;
  const wind = group.wind.centi;
  const { uint32, int16 } = memory;
  const { nextRow } = positions;
  const refAt = positions.cityRef;
  const timeAt = positions.observed;
  const temperatureAt = positions.temperature;
  const humidityAt = positions.humidity;
  const windAt = positions.wind;
  const { baseMs } = positions;
  for (let row = 0; row < rows; row += 1) {
    const owner = partition[row]!;
    const at = nextRow[owner]!;
    nextRow[owner] = at + 1;
    uint32[refAt[owner]! + at] = cityRef[row]!;
    uint32[timeAt[owner]! + at] = observedMs[row]! - baseMs[owner]!;
    int16[temperatureAt[owner]! + at] = temperature[row]!;
    int16[humidityAt[owner]! + at] = humidity[row]!;
    int16[windAt[owner]! + at] = wind[row]!;
  }
}

/** The same where some columns of some records are float64. */
export function scatterAny(group: StagedGroup, memory: RecordMemory, positions: ColumnPositions): void {
  const { partition, cityRef, observedMs } = group;
  const { uint32, float64 } = memory;
  const { nextRow, wide } = positions;
  for (let row = 0; row < group.rows; row += 1) {
    const owner = partition[row]!;
    const at = nextRow[owner]!;
    nextRow[owner] = at + 1;
    uint32[positions.cityRef[owner]! + at] = cityRef[row]!;
    const offset = observedMs[row]! - positions.baseMs[owner]!;
    if ((wide[owner]! & WIDE.time) !== 0) float64[positions.observed[owner]! + at] = offset;
    else uint32[positions.observed[owner]! + at] = offset;
    const bits = wide[owner]!;
    put(memory, positions.temperature[owner]! + at, (bits & WIDE.temperature) !== 0, group.temperature, row);
    put(memory, positions.humidity[owner]! + at, (bits & WIDE.humidity) !== 0, group.humidity, row);
    put(memory, positions.wind[owner]! + at, (bits & WIDE.wind) !== 0, group.wind, row);
  }
}

function put(memory: RecordMemory, at: number, wide: boolean, values: StagedValues, row: number): void {
  const { wide: staged, centi } = values;
  if (staged === undefined) memory.int16[at] = centi[row]!;
  else if (wide) memory.float64[at] = staged[row]!;
  else memory.int16[at] = exactCenti(staged[row]!) ?? MISSING_CENTI;
}
