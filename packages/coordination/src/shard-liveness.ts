import type { ShardReport } from './shard-report.ts';

/** Which shards answer, and which are given up. */
export interface ShardLiveness {
  /** The shard answered. */
  answered(report: ShardReport, nowMs: number): void;
  /** It was asked and did not answer. */
  silent(shard: string, nowMs: number): void;
  /** Its process is known to be gone; default it is given up only after its time. */
  gone(shard: string): void;
  /** It is not asked any more. */
  forget(shard: string): void;
  /** Shards silent for at least this long, and those gone. */
  given(nowMs: number): ReadonlySet<string>;
  /** When the shard last answered, ms on the clock of the calls; undefined: never. */
  lastAnswerMs(shard: string): number | undefined;
}

interface Known {
  lastAnswerMs: number | undefined;
  silentSinceMs: number | undefined;
  gone: boolean;
}

/** Creates the bookkeeping. @param failoverAfterMs a shard silent for so long counts as gone. */
export function createShardLiveness(failoverAfterMs: number): ShardLiveness {
  const known = new Map<string, Known>();
  const of = (shard: string): Known => {
    const entry = known.get(shard) ?? { lastAnswerMs: undefined, silentSinceMs: undefined, gone: false };
    known.set(shard, entry);
    return entry;
  };
  return {
    answered({ shard }, nowMs) {
      Object.assign(of(shard), { lastAnswerMs: nowMs, silentSinceMs: undefined, gone: false });
    },
    silent(shard, nowMs) {
      of(shard).silentSinceMs ??= nowMs;
    },
    gone(shard) {
      of(shard).gone = true;
    },
    forget(shard) {
      known.delete(shard);
    },
    given(nowMs) {
      return new Set(
        [...known]
          .filter(
            ([, { gone, silentSinceMs }]) =>
              gone || (silentSinceMs !== undefined && nowMs - silentSinceMs >= failoverAfterMs),
          )
          .map(([shard]) => shard),
      );
    },
    lastAnswerMs: (shard) => known.get(shard)?.lastAnswerMs,
  };
}
