import type { BatchPart } from '../staging/batch-part.ts';
import { createTimeBatchReader } from '../staging/time-batch.ts';
import { createValueBatchReader } from '../staging/value-batch.ts';
import type { ObservationRules } from './observation-rules.ts';
import type { PartValues } from './row-validator.ts';

/** Reads the values of a part; overwritten by the next call of the same reader. */
export type PartReader = (part: BatchPart) => PartValues;

/** Creates a reader with memory of its own. */
export function createPartReader(rules: ObservationRules): PartReader {
  const times = createTimeBatchReader();
  const temperatures = createValueBatchReader(rules.temperature);
  const humidities = createValueBatchReader(rules.humidity);
  const winds = createValueBatchReader(rules.wind);
  return ({ columns }) => {
    const rowCount = columns.cityIndex.length;
    return {
      time: times.read(columns),
      temperature: temperatures.read(columns.temperature, rowCount),
      humidity: humidities.read(columns.humidity, rowCount),
      wind: winds.read(columns.wind, rowCount),
    };
  };
}
