/** Upper bounds of the histogram's buckets in ms: 1, 1.25, 1.56 … about 100 s. */
const GROWTH = 1.25;
const BUCKETS = 52;

/** Age of records when they became visible, over a sliding ten seconds. */
export interface Freshness {
  /** Notes that a record appended then became visible now. */
  note(appendMs: number, nowMs: number): void;
  /** The age in ms below which the share of records lies; undefined without traffic. */
  quantile(share: number, nowMs: number): number | undefined;
}

/** Creates an empty histogram that forgets what is older than ten seconds. */
export function createFreshness(): Freshness {
  const seconds = Array.from({ length: 10 }, () => ({ second: -1, counts: new Uint32Array(BUCKETS) }));
  return {
    note(appendMs, nowMs) {
      const second = Math.floor(nowMs / 1000);
      const slot = seconds[second % seconds.length];
      if (slot === undefined) return;
      if (slot.second !== second) {
        slot.second = second;
        slot.counts.fill(0);
      }
      const ageMs = Math.max(1, nowMs - appendMs);
      const bucket = Math.min(BUCKETS - 1, Math.ceil(Math.log(ageMs) / Math.log(GROWTH)));
      slot.counts[bucket] = (slot.counts[bucket] ?? 0) + 1;
    },
    quantile(share, nowMs) {
      const oldest = Math.floor(nowMs / 1000) - seconds.length;
      const sums = new Uint32Array(BUCKETS);
      let total = 0;
      for (const { second, counts } of seconds) {
        if (second <= oldest) continue;
        counts.forEach((count, bucket) => {
          sums[bucket] = (sums[bucket] ?? 0) + count;
          total += count;
        });
      }
      if (total === 0) return undefined;
      let seen = 0;
      for (let bucket = 0; bucket < BUCKETS; bucket++) {
        seen += sums[bucket] ?? 0;
        if (seen >= share * total) return GROWTH ** bucket;
      }
      return GROWTH ** (BUCKETS - 1);
    },
  };
}
