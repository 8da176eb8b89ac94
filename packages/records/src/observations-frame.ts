import {
  layOutObservations,
  type ObservationsLayout,
  REPLAY,
  SENSORS,
  TRACED,
  WIDE_HUMIDITY,
  WIDE_TEMPERATURE,
  WIDE_TIME,
  WIDE_WIND,
} from './observations-layout.ts';
import { type ObservationsTail, tailBytes, writeTail } from './observations-tail.ts';
import { HEADER_BYTES, writeHeader } from './record-header.ts';

/** All of a record of observations but its columns. */
export interface ObservationsFrame extends ObservationsTail {
  readonly baseMs: number;
  readonly rowCount: number;
  readonly sliceCount: number;
  /** Columns that need float64; the others are fixed point. */
  readonly wide: {
    readonly time: boolean;
    readonly temperature: boolean;
    readonly humidity: boolean;
    readonly wind: boolean;
  };
  /** Whether any row has a sensor. */
  readonly sensors: boolean;
  /** Whether the rows are those of dead letters. Default false. */
  readonly replay?: boolean;
}

/** Where a record's columns go, and how long it is. */
export interface PlannedObservations extends ObservationsLayout {
  readonly flags: number;
  readonly byteLength: number;
}

/**
 * Plans a record: the way of writers that fill columns themselves. Take `byteLength` bytes that start 8-byte aligned,
 * call {@link writeObservationsFrame}, write every entry of every column at its position, then `sealRecord`.
 */
export function planObservations(frame: ObservationsFrame): PlannedObservations {
  const flags =
    (frame.wide.time ? WIDE_TIME : 0) |
    (frame.wide.temperature ? WIDE_TEMPERATURE : 0) |
    (frame.wide.humidity ? WIDE_HUMIDITY : 0) |
    (frame.wide.wind ? WIDE_WIND : 0) |
    (frame.sensors ? SENSORS : 0) |
    (frame.traceParent === '' ? 0 : TRACED) |
    (frame.replay === true ? REPLAY : 0);
  const layout = layOutObservations(flags, { ...frame, rejectedCount: frame.rejectedRows.length });
  return { ...layout, flags, byteLength: layout.tail + tailBytes(frame) };
}

/** Writes header, counts and tail of a planned record. `bytes` is exactly the record. */
export function writeObservationsFrame(bytes: Uint8Array, frame: ObservationsFrame, plan: PlannedObservations): void {
  writeHeader(bytes, { kind: 'observations', flags: plan.flags });
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  view.setUint32(HEADER_BYTES, frame.rowCount, true);
  view.setUint32(HEADER_BYTES + 4, frame.sliceCount, true);
  view.setUint16(HEADER_BYTES + 8, frame.producers.length, true);
  view.setUint16(HEADER_BYTES + 10, frame.tenants.length, true);
  view.setUint32(HEADER_BYTES + 12, frame.cityStrings.length, true);
  view.setUint32(HEADER_BYTES + 16, frame.sensorStrings.length, true);
  view.setUint32(HEADER_BYTES + 20, frame.rejectedRows.length, true);
  view.setFloat64(HEADER_BYTES + 24, frame.baseMs, true);
  writeTail(bytes, plan.tail, frame);
}
