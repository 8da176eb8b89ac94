import { FAULT_KINDS } from './engine/faults.ts';
import type { PlayedSeed } from './play-seeds.ts';

/** Adds up runs. */
export interface Report {
  add(result: PlayedSeed): void;
  readonly runs: number;
  readonly violated: readonly PlayedSeed[];
  /** How often each kind of fault happened. */
  readonly faults: ReadonlyMap<string, number>;
  /** What to print at the end. */
  lines(): string[];
}

/** An empty report. */
export function createReport(): Report {
  const faults = new Map<string, number>();
  const logged = new Map<string, { times: number; runs: number }>();
  const totals = { runs: 0, steps: 0, batches: 0, acked: 0, records: 0, met: 0 };
  const violated: PlayedSeed[] = [];
  const number = (value: number) => value.toLocaleString('en-US');
  return {
    violated,
    faults,
    get runs() {
      return totals.runs;
    },
    add(result) {
      totals.runs += 1;
      for (const name of ['steps', 'batches', 'acked', 'records', 'met'] as const) totals[name] += result[name];
      for (const [kind, times] of result.faults) faults.set(kind, (faults.get(kind) ?? 0) + times);
      for (const [message, times] of result.logged) {
        const before = logged.get(message) ?? { times: 0, runs: 0 };
        logged.set(message, { times: before.times + times, runs: before.runs + 1 });
      }
      if (result.violation !== undefined) violated.push(result);
    },
    lines() {
      const said = [...logged].filter(([message]) => !message.startsWith('simulation:'));
      return [
        `${number(totals.runs)} runs, ${number(totals.steps)} events, ${number(totals.batches)} batches sent, ${number(totals.acked)} acked, ${number(totals.records)} records kept`,
        `states compared with another one at the same offset: ${number(totals.met)}`,
        '',
        'faults',
        ...FAULT_KINDS.map((kind) => `  ${kind.padEnd(18)} ${number(faults.get(kind) ?? 0).padStart(10)}`),
        '',
        'what the product said: times, and runs in which it did',
        ...said
          .sort(([, a], [, b]) => b.runs - a.runs)
          .map(
            ([message, { times, runs }]) => `  ${number(times).padStart(10)} ${number(runs).padStart(8)}  ${message}`,
          ),
        '',
        violated.length === 0
          ? 'every promise held in every run'
          : `${violated.length} runs broke a promise: ${violated.map(({ seed }) => seed).join(', ')}`,
      ];
    },
  };
}
