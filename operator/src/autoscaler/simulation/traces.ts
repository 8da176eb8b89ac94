/** A load to scale for: what arrives, and what goes wrong besides. */
export interface LoadTrace {
  readonly name: TraceClass;
  readonly seed: number;
  readonly seconds: number;
  /** Observations a second that arrive. */
  readonly arrival: (second: number) => number;
  /** Observations a second that the sink takes; beyond it shards wait. */
  readonly sinkLimit: (second: number) => number;
  /** Share of the load that one partition has. */
  readonly hottestShare: (second: number) => number;
  /** From the decision until a new shard works. */
  readonly startSeconds: number;
  /** Whether a look at the shards brings nothing. */
  readonly gap: (second: number) => boolean;
  /** What a measured number is multiplied by. */
  readonly noise: () => number;
}

export const TRACE_CLASSES = [
  'constant',
  'ramp',
  'spike',
  'diurnal',
  'drift',
  'hot city',
  'missing metrics',
  'lying metrics',
  'slow hand-off',
  'slow ClickHouse',
] as const;
export type TraceClass = (typeof TRACE_CLASSES)[number];

const HOUR = 3600;

/** The trace of a class that a seed stands for: the same seed, the same trace. */
export function generateTrace(name: TraceClass, seed: number): LoadTrace {
  const random = seededRandom(seed * 7919 + TRACE_CLASSES.indexOf(name));
  const between = (low: number, high: number) => low + random() * (high - low);
  const base = between(3_000, 12_000);
  const phase = between(0, 24 * HOUR);
  const at = between(1 * HOUR, 2 * HOUR);
  const calm = {
    name,
    seed,
    seconds: 6 * HOUR,
    arrival: (_: number) => base,
    sinkLimit: (_: number) => Number.POSITIVE_INFINITY,
    hottestShare: (_: number) => 0.015,
    startSeconds: between(20, 60),
    gap: (_: number) => false,
    noise: () => between(0.95, 1.05),
  };
  const factor = between(2, 4);
  const length = between(300, 1_800);
  const day = (second: number) => base * (1 + 0.5 * Math.sin(((second + phase) / (24 * HOUR)) * 2 * Math.PI));
  switch (name) {
    case 'constant':
      return calm;
    case 'ramp':
      return {
        ...calm,
        arrival: (second) => base * (1 + Math.max(0, Math.min(1, (second - at) / HOUR)) * (factor - 1)),
      };
    case 'spike':
      return { ...calm, arrival: (second) => (second >= at && second < at + length ? base * factor : base) };
    case 'diurnal':
      return { ...calm, seconds: 48 * HOUR, arrival: day };
    case 'drift':
      return { ...calm, seconds: 24 * HOUR, arrival: (second) => base * (1 + (second / (24 * HOUR)) * 0.6) };
    case 'hot city':
      return { ...calm, hottestShare: (second) => (second > at && second < at + length ? 0.5 : 0.015) };
    case 'missing metrics':
      return { ...calm, arrival: day, gap: (second) => Math.floor(second / 240) % 3 === 1 || random() < 0.2 };
    case 'lying metrics':
      return {
        ...calm,
        arrival: (second) => (second > at ? base * 1.5 : base),
        noise: () => (random() < 0.08 ? between(0.1, 8) : between(0.85, 1.15)),
      };
    case 'slow hand-off':
      return { ...calm, startSeconds: between(300, 600), arrival: (second) => (second > at ? base * 1.8 : base) };
    case 'slow ClickHouse':
      return {
        ...calm,
        sinkLimit: (second) => (second > at && second < at + length ? base * 0.5 : Number.POSITIVE_INFINITY),
      };
  }
}

/** Numbers from 0 to 1 (mulberry32). */
function seededRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
