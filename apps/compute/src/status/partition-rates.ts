import type { Runtime } from '@isotherm/runtime';
import type { HeldPartition } from '../partition/held-partition.ts';
import type { PartitionTable } from '../partition/partition-table.ts';

/** How busy a partition was, mean of the last minute. */
export interface PartitionRate {
  /** Observations applied a second. */
  readonly observationsPerSecond: number;
  /** Time spent applying, of each second. */
  readonly busyRatio: number;
}

/** Knows what partitions have applied lately. */
export interface PartitionRates {
  of(held: HeldPartition): PartitionRate;
  stop(): void;
}

interface Sample {
  readonly atMs: number;
  readonly applied: number;
  readonly busyMs: number;
}

const SAMPLE_EVERY_MS = 5_000;
const SAMPLES = 60_000 / SAMPLE_EVERY_MS;

/** Creates it; it looks at the table's partitions every five seconds. */
export function createPartitionRates(table: PartitionTable, runtime: Runtime): PartitionRates {
  const samples = new WeakMap<HeldPartition, Sample[]>();
  const sampleOf = (held: HeldPartition): Sample => ({
    atMs: runtime.monotonicMs(),
    applied: held.state.counters.applied,
    busyMs: held.busyMs,
  });
  const begin = (held: HeldPartition) => {
    const taken = samples.get(held) ?? [sampleOf(held)];
    samples.set(held, taken);
    return taken;
  };
  const stopListening = table.onTransition(({ held, to }) => {
    if (held !== undefined && to !== 'gone') begin(held);
  });
  const timer = runtime.every(SAMPLE_EVERY_MS, () => {
    for (const held of table.inPhase('following', 'owning')) {
      const taken = begin(held);
      taken.push(sampleOf(held));
      if (taken.length > SAMPLES) taken.shift();
    }
  });
  return {
    of(held) {
      const now = sampleOf(held);
      const [first = now] = samples.get(held) ?? [];
      const elapsedMs = now.atMs - first.atMs;
      if (elapsedMs <= 0) return { observationsPerSecond: 0, busyRatio: 0 };
      return {
        observationsPerSecond: ((now.applied - first.applied) / elapsedMs) * 1000,
        busyRatio: (now.busyMs - first.busyMs) / elapsedMs,
      };
    },
    stop() {
      stopListening();
      timer.cancel();
    },
  };
}
