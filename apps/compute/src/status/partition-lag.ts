import type { LogAdmin } from '@isotherm/log';
import type { HeldPartition } from '../partition/held-partition.ts';

/** Tells how long the oldest record that a partition has not applied has been in the log. */
export interface LagMeter {
  /**
   * Seconds; 0 where everything before `end` is applied.
   *
   * @param end offset after the last durable record.
   */
  lagSeconds(held: HeldPartition, end: number): Promise<number>;
}

/** Creates it. The record at a partition's applied offset is read once, however often its age is asked for. */
export function createLagMeter(deps: {
  readonly log: Pick<LogAdmin, 'extents' | 'readAt'>;
  readonly now: () => number;
}): LagMeter {
  const oldest = new WeakMap<HeldPartition, { readonly offset: number; readonly appendMs: number }>();

  async function appendMsOf(held: HeldPartition): Promise<number> {
    const offset = held.state.appliedOffset;
    const known = oldest.get(held);
    if (known?.offset === offset) return known.appendMs;
    const entry = await deps.log.readAt(held.partition, offset);
    // A record that cannot be read has no age: log time is what is known of it.
    const appendMs = entry?.appendMs ?? held.state.logTimeMs;
    oldest.set(held, { offset, appendMs });
    return appendMs;
  }

  return {
    async lagSeconds(held, end) {
      if (end <= held.state.appliedOffset) return 0;
      const appendMs = await appendMsOf(held);
      return appendMs > 0 ? Math.max(0, (deps.now() - appendMs) / 1000) : 0;
    },
  };
}
