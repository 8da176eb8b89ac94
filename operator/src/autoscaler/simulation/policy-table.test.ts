import { expect, test } from 'vitest';
import { COMPARED, comparePolicies, formatPolicyTable } from './policy-table.ts';
import { TRACE_CLASSES } from './traces.ts';

const SEEDS = Number(process.env['ISOTHERM_TRACE_SEEDS'] ?? 3);
/** Longest time that a trace leaves no choice but to be late: an outage of the sink, a partition too hot for one shard. */
const OUTAGE_SECONDS: Readonly<Record<string, number>> = {
  'hot city': 1800,
  'slow ClickHouse': 1800,
  'slow hand-off': 600,
};

test.each(TRACE_CLASSES)(
  '%s: at most one reversal an hour, caught up in time, at most 15 percent above the oracle',
  (trace) => {
    const [result] = comparePolicies(COMPARED, { seeds: SEEDS, classes: [trace], policies: ['isotherm'] });
    expect(result!.reversals).toBeLessThanOrEqual(1);
    expect(result!.lateSeconds).toBeLessThanOrEqual(COMPARED.policy.catchUpSeconds + (OUTAGE_SECONDS[trace] ?? 0));
    expect(result!.cost).toBeLessThanOrEqual(1.15);
  },
  300_000,
);

test('the references run over the same traces, and the table has a line for each class', () => {
  const results = comparePolicies(COMPARED, { seeds: 1, classes: ['constant', 'spike'] });
  const lines = formatPolicyTable(results).split('\n');
  expect(lines[0]).toBe('| trace | isotherm | flink | keda | hpa |');
  expect(lines).toHaveLength(4);
  const of = (name: string) => results.find(({ policy: by, trace }) => by === name && trace === 'spike')!;
  // Scaling by lag alone turns around again and again.
  expect(of('keda').reversals).toBeGreaterThan(of('isotherm').reversals);
});
