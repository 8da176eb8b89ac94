/** Seconds of a quarter-hour. */
export const QUARTER_SECONDS = 900;

interface Mark {
  /** Whether the store knows of it. */
  stored: boolean;
  /** Rises with every write that touches the quarter. */
  generation: number;
  /** Writes in flight that touch it. */
  writing: number;
  lastTouchedMs: number;
}

/** A run of adjoining quarters being rolled up. Seconds since the epoch; `to` is not part of it. */
export interface RollupSpan {
  readonly from: number;
  readonly to: number;
  /** Generations of its quarters when it was taken. */
  readonly generations: ReadonlyMap<number, number>;
}

/**
 * Which quarter-hours have minutes that their rolled-up rows do not reflect. Quarters are seconds since the epoch.
 * Reads take marked quarters from the minutes: a mark too many costs time, one too few would cost truth.
 */
export interface QuarterMarks {
  /** Marks found in the store at start. */
  restore(quarters: Iterable<number>): void;
  /** Marks the quarters of a write; returns those to be stored before any of its rows is. */
  begin(quarters: readonly number[], nowMs: number): readonly number[];
  /** The marks are stored. */
  stored(quarters: readonly number[]): void;
  /** The write that began with the same quarters is over, one way or the other. */
  end(quarters: readonly number[], nowMs: number): void;
  /** Oldest run of at most `maxQuarters` marked quarters that no write has touched for `quietMs`. */
  takeSpan(nowMs: number, quietMs: number, maxQuarters: number): RollupSpan | undefined;
  /** The span is rolled up: forgets its marks, save where a write came meanwhile. Returns those forgotten. */
  clear(span: RollupSpan): readonly number[];
  /** Marked quarters that start within [from, to), ascending. */
  within(from: number, to: number): readonly number[];
  readonly size: number;
}

/** Creates an empty set of marks. */
export function createQuarterMarks(): QuarterMarks {
  const marks = new Map<number, Mark>();
  const touch = (quarter: number, writing: number, nowMs: number) => {
    const mark = marks.get(quarter) ?? { stored: false, generation: 0, writing: 0, lastTouchedMs: nowMs };
    mark.generation += 1;
    mark.writing += writing;
    mark.lastTouchedMs = nowMs;
    marks.set(quarter, mark);
    return mark;
  };
  const ascending = () => [...marks.keys()].sort((a, b) => a - b);
  const quiet = (mark: Mark | undefined, beforeMs: number) =>
    mark !== undefined && mark.writing === 0 && mark.lastTouchedMs <= beforeMs;

  return {
    restore(quarters) {
      for (const quarter of quarters) {
        if (marks.has(quarter)) continue;
        marks.set(quarter, { stored: true, generation: 0, writing: 0, lastTouchedMs: Number.NEGATIVE_INFINITY });
      }
    },
    begin: (quarters, nowMs) => quarters.filter((quarter) => !touch(quarter, 1, nowMs).stored),
    stored(quarters) {
      for (const quarter of quarters) {
        const mark = marks.get(quarter);
        if (mark !== undefined) mark.stored = true;
      }
    },
    end(quarters, nowMs) {
      for (const quarter of quarters) touch(quarter, -1, nowMs);
    },
    takeSpan(nowMs, quietMs, maxQuarters) {
      const from = ascending().find((quarter) => quiet(marks.get(quarter), nowMs - quietMs));
      if (from === undefined) return undefined;
      const generations = new Map<number, number>();
      let to = from;
      for (; generations.size < maxQuarters; to += QUARTER_SECONDS) {
        const mark = marks.get(to);
        if (mark === undefined || !quiet(mark, nowMs - quietMs)) break;
        generations.set(to, mark.generation);
      }
      return { from, to, generations };
    },
    clear(span) {
      const forgotten: number[] = [];
      for (const [quarter, generation] of span.generations) {
        if (marks.get(quarter)?.generation !== generation) continue;
        marks.delete(quarter);
        forgotten.push(quarter);
      }
      return forgotten;
    },
    within: (from, to) => ascending().filter((quarter) => quarter >= from && quarter < to),
    get size() {
      return marks.size;
    },
  };
}
