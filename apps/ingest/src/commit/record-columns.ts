import { exactCenti } from '@isotherm/records';
import type { StagedGroup } from '../staging/staged-group.ts';

/** Largest span of times that offsets of 32 bits cover, in ms. */
const MAX_NARROW_SPAN_MS = 0xffff_ffff;

/** What the columns of a group's records need, by partition. */
export interface RecordColumns {
  /** Times count from here, in ms since the epoch. */
  baseMs(partition: number): number;
  wideTime(partition: number): boolean;
  wideTemperature(partition: number): boolean;
  wideHumidity(partition: number): boolean;
  wideWind(partition: number): boolean;
  /** Whether any record needs more than fixed point and 32 bits of time. */
  readonly anyWide: boolean;
}

const never = (): boolean => false;

/** Finds out which columns of which partitions need float64. */
export function surveyColumns(group: StagedGroup, partitionCount: number): RecordColumns {
  const { temperature, humidity, wind } = group;
  const times = surveyTimes(group, partitionCount);
  return {
    baseMs: times.baseMs,
    wideTime: times.wide,
    wideTemperature: surveyValues(group, temperature.wide, partitionCount),
    wideHumidity: surveyValues(group, humidity.wide, partitionCount),
    wideWind: surveyValues(group, wind.wide, partitionCount),
    anyWide:
      times.wide !== never || temperature.wide !== undefined || humidity.wide !== undefined || wind.wide !== undefined,
  };
}

function surveyTimes(
  group: StagedGroup,
  partitionCount: number,
): { baseMs: (partition: number) => number; wide: (partition: number) => boolean } {
  const { earliestMs, latestMs } = group;
  if (group.rows === 0) return { baseMs: () => 0, wide: never };
  if (latestMs - earliestMs <= MAX_NARROW_SPAN_MS) return { baseMs: () => earliestMs, wide: never };
  const earliest = new Float64Array(partitionCount).fill(Number.POSITIVE_INFINITY);
  const latest = new Float64Array(partitionCount).fill(Number.NEGATIVE_INFINITY);
  for (let row = 0; row < group.rows; row += 1) {
    const partition = group.partition[row]!;
    const observed = group.observedMs[row]!;
    if (observed < earliest[partition]!) earliest[partition] = observed;
    if (observed > latest[partition]!) latest[partition] = observed;
  }
  return {
    baseMs: (partition) => (Number.isFinite(earliest[partition]!) ? earliest[partition]! : 0),
    wide: (partition) => latest[partition]! - earliest[partition]! > MAX_NARROW_SPAN_MS,
  };
}

function surveyValues(
  group: StagedGroup,
  wide: Float64Array | undefined,
  partitionCount: number,
): (partition: number) => boolean {
  if (wide === undefined) return never;
  const needs = new Uint8Array(partitionCount);
  for (let row = 0; row < group.rows; row += 1) {
    const value = wide[row]!;
    if (!Number.isNaN(value) && exactCenti(value) === undefined) needs[group.partition[row]!] = 1;
  }
  return (partition) => needs[partition] === 1;
}
