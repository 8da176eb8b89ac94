import type { ClientTimer } from '../client-runtime.ts';
import type { BatchResult } from './batch-result.ts';
import type { Deferred } from './deferred.ts';
import type { ObservationColumns, ValueColumn } from './observation.ts';

/** A batch that is not answered yet: kept whole, so that it can be sent again as it was. */
export interface PendingBatch {
  readonly sequence: number;
  readonly createdUnixMs: number;
  readonly columns: ObservationColumns;
  /** Dictionary entries that its rows may refer to. */
  readonly cityCount: number;
  readonly sensorCount: number;
  readonly result: Deferred<BatchResult>;
  /** Times it was put on a stream. */
  attempts: number;
  /** Set while it waits to be tried again on its own. */
  retryTimer: ClientTimer | undefined;
}

/** The columns with arrays of their own, so that the caller may reuse its arrays. */
export function copyColumns(columns: ObservationColumns): ObservationColumns {
  const { temperatureCelsius, relativeHumidityPercent, windSpeedMps, sensorIndex } = columns;
  return {
    cityIndex: columns.cityIndex.slice(),
    baseUnixMs: columns.baseUnixMs,
    observedOffsetMs: columns.observedOffsetMs.slice(),
    ...(temperatureCelsius && { temperatureCelsius: copyValues(temperatureCelsius) }),
    ...(relativeHumidityPercent && { relativeHumidityPercent: copyValues(relativeHumidityPercent) }),
    ...(windSpeedMps && { windSpeedMps: copyValues(windSpeedMps) }),
    ...(sensorIndex && { sensorIndex: sensorIndex.slice() }),
  };
}

function copyValues(column: ValueColumn): ValueColumn {
  return 'values' in column
    ? { ...column, values: column.values.slice() }
    : { ...column, unscaled: column.unscaled.slice() };
}
