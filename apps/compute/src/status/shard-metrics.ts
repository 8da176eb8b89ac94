import { type BatchObservableResult, metrics } from '@opentelemetry/api';
import { PARTITION_PHASES } from '../partition/partition-phase.ts';
import type { PartitionTable } from '../partition/partition-table.ts';
import type { ShardStats } from './shard-stats.ts';

/** Metrics of a shard: name, unit, meaning, and where the value stands. */
const COUNTERS = [
  ['isotherm.compute.observations.applied', 'Observations applied to state since the log began', 'applied'],
  ['isotherm.compute.observations.stored', 'Observations whose minute rows are stored', 'stored'],
  ['isotherm.compute.observations.dead', 'Observations kept as dead letters after they were accepted', 'dead'],
  ['isotherm.compute.observations.rejected', 'Observations kept as dead letters on arrival', 'rejected'],
  ['isotherm.compute.observations.duplicate', 'Observations skipped as duplicates of a retry', 'duplicate'],
] as const satisfies readonly (readonly [string, string, keyof ShardStats])[];

const GAUGES = [
  ['isotherm.compute.rows.pending', '{row}', 'Minute rows waiting to be stored', 'rowsPending'],
  ['isotherm.compute.cities', '{city}', 'Cities with at least one observation', 'cities'],
  ['isotherm.compute.lag.records', '{record}', 'Durable records not applied', 'lagRecords'],
  ['isotherm.compute.lag', 's', 'Age of the oldest record not applied', 'lagSeconds'],
] as const satisfies readonly (readonly [string, string, string, keyof ShardStats])[];

/** Registers the shard's metrics, read together when they are collected. @returns a function that ends that. */
export function registerShardMetrics(
  shard: string,
  table: PartitionTable,
  stats: () => Promise<ShardStats>,
): () => void {
  const meter = metrics.getMeter('isotherm.compute');
  const counters = COUNTERS.map(([name, description, key]) => ({
    key,
    instrument: meter.createObservableCounter(name, { description, unit: '{observation}' }),
  }));
  const gauges = GAUGES.map(([name, unit, description, key]) => ({
    key,
    instrument: meter.createObservableGauge(name, { description, unit }),
  }));
  const held = meter.createObservableGauge('isotherm.compute.partitions', {
    description: 'Partitions that the shard holds, by phase',
    unit: '{partition}',
  });
  const transitions = meter.createCounter('isotherm.partition.transitions', {
    description: 'Transitions of partitions from one phase to another',
  });
  const figures = [...counters, ...gauges];
  const observables = [held, ...figures.map(({ instrument }) => instrument)];
  const observe = async (result: BatchObservableResult) => {
    const taken = await stats();
    for (const { key, instrument } of figures) result.observe(instrument, taken[key], { shard });
    for (const phase of PARTITION_PHASES) {
      if (phase === 'gone') continue;
      const count = taken.partitions.filter((partition) => partition.phase === phase).length;
      result.observe(held, count, { shard, phase });
    }
  };
  meter.addBatchObservableCallback(observe, observables);
  const stopListening = table.onTransition(({ from, to }) => transitions.add(1, { shard, from, to }));
  return () => {
    stopListening();
    meter.removeBatchObservableCallback(observe, observables);
  };
}
