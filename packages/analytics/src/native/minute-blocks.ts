import type { MetricColumns, MinuteRows, RollingColumns } from '@isotherm/domain';
import type { NativeBlock, NativeColumn } from './native-block.ts';

const METRICS = ['heatIndex', 'temperature', 'humidity', 'wind'] as const;
const WINDOWS = ['rolling5m', 'rolling1h', 'rolling24h'] as const;

/** Minute rows as blocks, a block a batch; their column names are those of `MinuteRows`, flattened with underscores. */
export function minuteBlocks(incarnation: bigint, batches: readonly MinuteRows[]): NativeBlock[] {
  return batches.filter((batch) => batch.rowCount > 0).map((batch) => minuteBlock(incarnation, batch));
}

function minuteBlock(incarnation: bigint, rows: MinuteRows): NativeBlock {
  const columns: NativeColumn[] = [
    { kind: 'dictionary', name: 'city', words: rows.cityIds, index: rows.city },
    { kind: 'numbers', name: 'minute', type: 'UInt32', values: rows.minute },
    { kind: 'constant', name: 'incarnation', value: incarnation },
    { kind: 'constant', name: 'applied', value: BigInt(rows.appliedOffset) },
    { kind: 'numbers', name: 'count', type: 'UInt32', values: rows.count },
    { kind: 'numbers', name: 'risk', type: 'UInt8', values: rows.risk },
    { kind: 'numbers', name: 'quality', type: 'UInt8', values: rows.quality },
  ];
  for (const metric of METRICS) addMetric(columns, metric, rows[metric]);
  for (const window of WINDOWS) addWindow(columns, window, rows[window]);
  return { rowCount: rows.rowCount, columns };
}

function addMetric(columns: NativeColumn[], name: string, metric: MetricColumns): void {
  columns.push(
    { kind: 'numbers', name: `${name}_count`, type: 'UInt32', values: metric.count },
    { kind: 'numbers', name: `${name}_sum`, type: 'Float64', values: metric.sum },
    { kind: 'numbers', name: `${name}_min`, type: 'Int32', values: metric.min },
    { kind: 'numbers', name: `${name}_max`, type: 'Int32', values: metric.max },
  );
}

function addWindow(columns: NativeColumn[], name: string, window: RollingColumns): void {
  columns.push(
    { kind: 'numbers', name: `${name}_heatIndexCount`, type: 'UInt32', values: window.heatIndexCount },
    { kind: 'numbers', name: `${name}_heatIndexSum`, type: 'Float64', values: window.heatIndexSum },
    { kind: 'numbers', name: `${name}_temperatureCount`, type: 'UInt32', values: window.temperatureCount },
    { kind: 'numbers', name: `${name}_temperatureSum`, type: 'Float64', values: window.temperatureSum },
  );
}
