import type { RawRows } from '../analytics-store.ts';
import type { NativeBlock } from './native-block.ts';

/** Raw rows as blocks, a block a batch. */
export function rawBlocks(incarnation: bigint, batches: readonly RawRows[]): NativeBlock[] {
  return batches.filter((batch) => batch.rowCount > 0).map((batch) => rawBlock(incarnation, batch));
}

function rawBlock(incarnation: bigint, rows: RawRows): NativeBlock {
  return {
    rowCount: rows.rowCount,
    columns: [
      { kind: 'dictionary', name: 'city', words: rows.cityIds, index: rows.city },
      { kind: 'dictionary', name: 'sensor', words: rows.sensorIds, index: rows.sensor },
      { kind: 'numbers', name: 'observedMs', type: 'Float64', values: rows.observedMs },
      { kind: 'constant', name: 'partition', value: BigInt(rows.partition) },
      { kind: 'constant', name: 'incarnation', value: incarnation },
      { kind: 'numbers', name: 'offset', type: 'Float64', values: rows.offset },
      { kind: 'numbers', name: 'row', type: 'UInt32', values: rows.row },
      { kind: 'numbers', name: 'temperature', type: 'Float64', values: rows.temperatureCelsius },
      { kind: 'numbers', name: 'humidity', type: 'Float64', values: rows.humidityPercent },
      { kind: 'numbers', name: 'wind', type: 'Float64', values: rows.windMps },
      { kind: 'numbers', name: 'stampMs', type: 'Float64', values: rows.stampMs },
    ],
  };
}
