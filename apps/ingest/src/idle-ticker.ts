import type { Log } from '@isotherm/log';
import { encodeTick } from '@isotherm/records';
import type { Logger } from '@isotherm/service-kit';

/** Appends ticks to partitions without observations, so that their log time goes on until their panes are closed. */
export interface IdleTicker {
  /** Observations were appended to a partition at a stamp. */
  appended(partition: number, stampMs: number): void;
  /** Appends the ticks that are due, in one append. Called once a second. */
  tick(): Promise<void>;
}

/** A partition idle for so long gets ticks, in ms. */
const IDLE_AFTER_MS = 1_000;

/** A tick so long after the last observation, in ms, leaves nothing to close: a pane closes 60 s after its city fell quiet. */
const TICKS_END_AFTER_MS = 90_000;

/** Creates a ticker. Partitions of `recent` have had observations when the log was opened: the ticks they are due start now. */
export function createIdleTicker(
  deps: { readonly log: Log; readonly logger: Logger; readonly nextStamp: () => number },
  options: { readonly recent: Iterable<number>; readonly onTicks: (count: number) => void },
): IdleTicker {
  const { log, logger, nextStamp } = deps;
  const lastMs = new Float64Array(log.partitionCount).fill(Number.NaN);
  /** The last tick kept. Not the time that passed decides what is left to close: a machine may have slept. */
  const tickedMs = new Float64Array(log.partitionCount).fill(Number.NEGATIVE_INFINITY);
  const openedMs = nextStamp();
  for (const partition of options.recent) lastMs[partition] = openedMs;
  let busy = false;
  let failing = false;
  return {
    appended(partition, stampMs) {
      lastMs[partition] = stampMs;
    },
    async tick() {
      if (busy) return;
      const stampMs = nextStamp();
      const due: number[] = [];
      for (let partition = 0; partition < lastMs.length; partition += 1) {
        const last = lastMs[partition]!;
        const done = tickedMs[partition]! - last >= TICKS_END_AFTER_MS;
        if (stampMs - last >= IDLE_AFTER_MS && !done) due.push(partition);
      }
      if (due.length === 0) return;
      const bytes = encodeTick({ stampMs });
      busy = true;
      try {
        await log.append(due.map((partition) => ({ partition, bytes })));
        failing = false;
        for (const partition of due) tickedMs[partition] = stampMs;
        options.onTicks(due.length);
      } catch (error) {
        // Said once: a log that refuses refuses every second.
        if (!failing) {
          logger.warn(
            { err: error, partitions: due.length, advice: 'They are due again in a second, without another word.' },
            'Ticks were not appended',
          );
        }
        failing = true;
      } finally {
        busy = false;
      }
    },
  };
}
