import type { DeadLetterCount } from '@isotherm/analytics';
import { DeadLetterReason } from '@isotherm/contracts/deadletter/v1/dead_letter_service';
import { metrics, type ObservableResult } from '@opentelemetry/api';

/** What became of a letter that was due. */
export type RetryResult = 'sent' | 'refused' | 'failed';

/** Counts of dead letters. */
export interface LetterMetrics {
  /** The newest counts by reason and state. */
  counted(counts: readonly DeadLetterCount[]): void;
  retried(result: RetryResult, letters: number): void;
  /** Stops observing. */
  remove(): void;
}

/** Registers the metrics with this thread's meter. Labels are the reasons and states of the contract. */
export function createLetterMetrics(): LetterMetrics {
  const meter = metrics.getMeter('@isotherm/query');
  let newest: readonly DeadLetterCount[] = [];
  const gauge = meter.createObservableGauge('isotherm.dead_letters', {
    description: 'Dead letters by reason and state',
    unit: '{observation}',
  });
  const observe = (result: ObservableResult) => {
    for (const { reason, state, count } of newest) {
      result.observe(count, { reason: DeadLetterReason[reason] ?? 'UNKNOWN', state });
    }
  };
  gauge.addCallback(observe);
  const retries = meter.createCounter('isotherm.dead_letters.retries', {
    description: 'Dead letters that were due for another attempt, by what became of it',
    unit: '{observation}',
  });
  for (const result of ['sent', 'refused', 'failed'] as const) retries.add(0, { result });
  return {
    counted(counts) {
      newest = counts;
    },
    retried: (result, letters) => retries.add(letters, { result }),
    remove: () => gauge.removeCallback(observe),
  };
}
