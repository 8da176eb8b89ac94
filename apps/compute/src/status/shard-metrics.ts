import { metrics, type ObservableResult } from '@opentelemetry/api';
import type { ShardPulse } from './shard-pulse.ts';

/** Metrics of a shard: name, unit, meaning, and where the value stands. */
const COUNTERS = [
  ['isotherm.compute.observations.applied', 'Observations applied to state since the log began', 'applied'],
  ['isotherm.compute.observations.stored', 'Observations whose minute rows are stored', 'stored'],
  ['isotherm.compute.observations.dead', 'Observations kept as dead letters after they were accepted', 'dead'],
  ['isotherm.compute.observations.rejected', 'Observations kept as dead letters on arrival', 'rejected'],
  ['isotherm.compute.observations.duplicate', 'Observations skipped as duplicates of a retry', 'duplicate'],
] as const satisfies readonly (readonly [string, string, keyof ShardPulse])[];

const GAUGES = [
  ['isotherm.compute.rows.pending', '{row}', 'Minute rows waiting to be stored', 'rowsPending'],
  ['isotherm.compute.cities', '{city}', 'Cities with at least one observation', 'cities'],
  ['isotherm.compute.lag.records', '{record}', 'Durable records not applied', 'lagRecords'],
  ['isotherm.compute.lag', 's', 'Age of the oldest record not applied', 'lagSeconds'],
] as const satisfies readonly (readonly [string, string, string, keyof ShardPulse])[];

/** Registers the shard's metrics, read when they are collected. @returns a function that ends that. */
export function registerShardMetrics(shard: string, pulse: () => Promise<ShardPulse>): () => void {
  const meter = metrics.getMeter('isotherm.compute');
  const counters = COUNTERS.map(([name, description, key]) => ({
    key,
    instrument: meter.createObservableCounter(name, { description, unit: '{observation}' }),
  }));
  const gauges = GAUGES.map(([name, unit, description, key]) => ({
    key,
    instrument: meter.createObservableGauge(name, { description, unit }),
  }));
  const all = [...counters, ...gauges].map(({ key, instrument }) => {
    const observe = async (result: ObservableResult) => result.observe((await pulse())[key], { shard });
    instrument.addCallback(observe);
    return () => instrument.removeCallback(observe);
  });
  return () => {
    for (const remove of all) remove();
  };
}
