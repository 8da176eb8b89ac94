import { firstFailure, type LogWriter } from '@isotherm/log';
import { encodeTick } from '@isotherm/records';
import type { Runtime } from '@isotherm/runtime';
import type { Logger } from '@isotherm/service-kit';
import type { HeldPartition } from './held-partition.ts';
import type { PartitionTable } from './partition-table.ts';

/**
 * Appends ticks to the partitions of a shard that nobody appends to, so that their log time goes on until their panes are
 * closed. The owner of a partition does it: it alone sees the records of every writer.
 */
export interface IdleTicker {
  /** A record of a partition was applied: observations appended then, or anything else. */
  applied(held: HeldPartition, record: { readonly appendMs: number; readonly isObservations: boolean }): void;
  /** Appends the ticks that are due, in one append, once a second, until the signal aborts. */
  run(signal: AbortSignal): Promise<void>;
}

/** What a ticker needs. */
export interface IdleTickerDeps {
  readonly ticks: LogWriter;
  readonly table: Pick<PartitionTable, 'inPhase'>;
  readonly logger: Logger;
  readonly runtime: Runtime;
}

/** A partition idle for so long gets a tick. */
const IDLE_AFTER_MS = 1_000;
/** Log time this far behind the last observations leaves nothing to close: a pane closes 60 s after its city fell quiet. */
const TICKS_END_AFTER_MS = 90_000;
/** Failures in a row before anything is said. */
const FAILURES_UNSAID = 2;

/** Creates a ticker. */
export function createIdleTicker(deps: IdleTickerDeps): IdleTicker {
  const { ticks, table, logger, runtime } = deps;
  const bytes = encodeTick();
  /** Log time of the last observations, as far as is known. */
  const observedMs = new WeakMap<HeldPartition, number>();
  /** When a record was applied or a tick appended, by this process's monotonic clock. */
  const movedMs = new WeakMap<HeldPartition, number>();
  let failures = 0;

  function isDue(held: HeldPartition): boolean {
    const { state } = held;
    // A state that was brought back may have panes to close, and does not say since when.
    if (!observedMs.has(held) && state.cityCount > 0) observedMs.set(held, state.logTimeMs);
    const observed = observedMs.get(held);
    if (observed === undefined || state.logTimeMs - observed >= TICKS_END_AFTER_MS) return false;
    return runtime.monotonicMs() - (movedMs.get(held) ?? Number.NEGATIVE_INFINITY) >= IDLE_AFTER_MS;
  }

  async function tick(): Promise<void> {
    const due = table.inPhase('owning').filter(isDue);
    if (due.length === 0) return;
    const outcomes = await ticks.append(due.map(({ partition }) => ({ partition, bytes })));
    for (const [index, held] of due.entries()) {
      if (outcomes[index]?.kind === 'kept') movedMs.set(held, runtime.monotonicMs());
    }
    const failure = firstFailure(outcomes);
    if (failure !== undefined) throw failure;
  }

  return {
    applied(held, { appendMs, isObservations }) {
      movedMs.set(held, runtime.monotonicMs());
      if (isObservations) observedMs.set(held, appendMs);
    },
    async run(signal) {
      for (;;) {
        await runtime.sleep(IDLE_AFTER_MS, signal);
        if (signal.aborted) return;
        try {
          await tick();
          failures = 0;
        } catch (error) {
          failures += 1;
          if (failures !== FAILURES_UNSAID + 1) continue;
          const advice =
            'They are due again every second, without another word; windows of quiet cities wait for them.';
          logger.warn({ err: error, advice }, 'Ticks were not appended');
        }
      }
    },
  };
}
