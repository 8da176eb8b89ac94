import type { DecodedColumns } from '@isotherm/observation-wire';

/** Observation times of the rows of a batch. The array is at least as long as the batch. */
export interface TimeBatch {
  /** Milliseconds since the epoch; NaN without time. */
  readonly observedMs: Float64Array;
  /** Whether every row has a time. */
  readonly complete: boolean;
  /** Of the rows with time; +∞ and −∞ without any. */
  readonly earliestMs: number;
  readonly latestMs: number;
}

/** Reads times into a {@link TimeBatch}, which is overwritten by the next read. */
export interface TimeBatchReader {
  read(columns: DecodedColumns): TimeBatch;
}

/** Creates a reader with memory of its own. */
export function createTimeBatchReader(): TimeBatchReader {
  let observedMs = new Float64Array(1024);
  return {
    read({ baseMs, observedOffsetMs: offsets }) {
      const count = offsets.length;
      if (observedMs.length < count) observedMs = new Float64Array(2 ** Math.ceil(Math.log2(count)));
      return offsets instanceof Float64Array
        ? readLoose(observedMs, baseMs, offsets)
        : readPacked(observedMs, baseMs, offsets);
    },
  };
}

function readPacked(observedMs: Float64Array, baseMs: number, offsets: Uint32Array): TimeBatch {
  let least = 0xffff_ffff;
  let most = 0;
  for (let row = 0; row < offsets.length; row += 1) {
    const offset = offsets[row]!;
    if (offset < least) least = offset;
    if (offset > most) most = offset;
    observedMs[row] = baseMs + offset;
  }
  const empty = offsets.length === 0;
  return {
    observedMs,
    complete: true,
    earliestMs: empty ? Number.POSITIVE_INFINITY : baseMs + least,
    latestMs: empty ? Number.NEGATIVE_INFINITY : baseMs + most,
  };
}

function readLoose(observedMs: Float64Array, baseMs: number, offsets: Float64Array): TimeBatch {
  let earliestMs = Number.POSITIVE_INFINITY;
  let latestMs = Number.NEGATIVE_INFINITY;
  let complete = true;
  for (let row = 0; row < offsets.length; row += 1) {
    const time = baseMs + offsets[row]!;
    observedMs[row] = time;
    if (Number.isNaN(time)) complete = false;
    else if (time < earliestMs) earliestMs = time;
    if (time > latestMs) latestMs = time;
  }
  return { observedMs, complete, earliestMs, latestMs };
}
