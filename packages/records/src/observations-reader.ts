import {
  CITY_STRING_BIT,
  NO_PRODUCER,
  type ObservationsRecord,
  type Producer,
  type RejectedRow,
  type ReplayColumns,
  type SliceColumns,
  type ValueColumn,
} from './log-record.ts';
import {
  KNOWN_FLAGS,
  layOutObservations,
  OBSERVATIONS_HEADER_BYTES,
  type ObservationsLayout,
  REPLAY,
  SENSORS,
  TRACED,
  WIDE_HUMIDITY,
  WIDE_TEMPERATURE,
  WIDE_TIME,
  WIDE_WIND,
} from './observations-layout.ts';
import { RecordFormatError } from './record-format-error.ts';
import { HEADER_BYTES, type RecordHeader } from './record-header.ts';
import { createTailReader } from './tail-reader.ts';

const NO_STRINGS: readonly string[] = Object.freeze([]);
const NO_PRODUCERS: readonly Producer[] = Object.freeze([]);
const NO_REJECTED_ROWS: readonly RejectedRow[] = Object.freeze([]);

/** Reads the body of a record of observations. `scratch` starts 8-byte aligned and holds exactly the record; the result's arrays are views of it. */
export function readObservations(scratch: Buffer, header: RecordHeader): ObservationsRecord {
  if ((header.flags & ~KNOWN_FLAGS) !== 0) {
    throw new RecordFormatError('version', `record flags 0x${header.flags.toString(16)} are unknown to this program`);
  }
  if (scratch.byteLength < OBSERVATIONS_HEADER_BYTES) {
    throw new RecordFormatError('truncated', `observations have at least ${OBSERVATIONS_HEADER_BYTES} bytes`);
  }
  const rowCount = scratch.readUInt32LE(HEADER_BYTES);
  const sliceCount = scratch.readUInt32LE(HEADER_BYTES + 4);
  const producerCount = scratch.readUInt16LE(HEADER_BYTES + 8);
  const tenantCount = scratch.readUInt16LE(HEADER_BYTES + 10);
  const cityStringCount = scratch.readUInt32LE(HEADER_BYTES + 12);
  const sensorStringCount = scratch.readUInt32LE(HEADER_BYTES + 16);
  const rejectedCount = scratch.readUInt32LE(HEADER_BYTES + 20);
  const baseMs = scratch.readDoubleLE(HEADER_BYTES + 24);
  if (!Number.isFinite(baseMs)) throw new RecordFormatError('content', `base time ${baseMs} is no time`);
  const layout = layOutObservations(header.flags, { rowCount, sliceCount, rejectedCount });
  if (layout.tail > scratch.byteLength) {
    throw new RecordFormatError(
      'content',
      `${rowCount} rows and ${sliceCount} slices need ${layout.tail} bytes, the record has ${scratch.byteLength}`,
    );
  }
  const columns = viewColumns(scratch, header.flags, rowCount, layout);
  const slices = viewSlices(scratch, sliceCount, layout);
  checkSlices(slices, { rowCount, producerCount, tenantCount });
  checkReferences(columns.cityRef, cityStringCount, columns.sensor, sensorStringCount);
  if (columns.observedOffsetMs instanceof Float64Array) checkTimes(columns.observedOffsetMs);
  const replay = (header.flags & REPLAY) === 0 ? undefined : viewReplay(scratch, rowCount + rejectedCount, layout);
  if (replay !== undefined) checkReplay(replay);
  const tail = createTailReader(scratch, layout.tail);
  const [traceParent = ''] = (header.flags & TRACED) === 0 ? NO_STRINGS : tail.strings(1, 'trace parent');
  const tenants = tenantCount === 0 ? NO_STRINGS : tail.strings(tenantCount, 'tenants');
  const producers = producerCount === 0 ? NO_PRODUCERS : tail.producers(producerCount);
  const cityStrings = cityStringCount === 0 ? NO_STRINGS : tail.strings(cityStringCount, 'city strings');
  const sensorStrings = sensorStringCount === 0 ? NO_STRINGS : tail.strings(sensorStringCount, 'sensor strings');
  const decodeRejected = rejectedCount === 0 ? undefined : tail.rejectedRows(rejectedCount, sliceCount);
  tail.end();
  let rejectedRows = decodeRejected === undefined ? NO_REJECTED_ROWS : undefined;
  return {
    kind: 'observations',
    rowCount,
    ...columns,
    baseMs,
    slices,
    tenants,
    producers,
    cityStrings,
    sensorStrings,
    traceParent,
    replay,
    get rejectedRows() {
      rejectedRows ??= decodeRejected?.() ?? NO_REJECTED_ROWS;
      return rejectedRows;
    },
  };
}

function viewColumns(scratch: Buffer, flags: number, rowCount: number, layout: ObservationsLayout) {
  const { buffer, byteOffset } = scratch;
  const value = (wideFlag: number, position: number): ValueColumn =>
    (flags & wideFlag) === 0
      ? { kind: 'centi', values: new Int16Array(buffer, byteOffset + position, rowCount) }
      : { kind: 'wide', values: new Float64Array(buffer, byteOffset + position, rowCount) };
  return {
    cityRef: new Uint32Array(buffer, byteOffset + layout.cityRef, rowCount),
    observedOffsetMs:
      (flags & WIDE_TIME) === 0
        ? new Uint32Array(buffer, byteOffset + layout.observed, rowCount)
        : new Float64Array(buffer, byteOffset + layout.observed, rowCount),
    temperature: value(WIDE_TEMPERATURE, layout.temperature),
    humidity: value(WIDE_HUMIDITY, layout.humidity),
    wind: value(WIDE_WIND, layout.wind),
    sensor: (flags & SENSORS) === 0 ? undefined : new Uint16Array(buffer, byteOffset + layout.sensor, rowCount),
  };
}

function viewSlices({ buffer, byteOffset }: Buffer, count: number, layout: ObservationsLayout): SliceColumns {
  return {
    count,
    tenant: new Uint16Array(buffer, byteOffset + layout.tenant, count),
    producer: new Uint16Array(buffer, byteOffset + layout.producer, count),
    rowEnd: new Uint32Array(buffer, byteOffset + layout.rowEnd, count),
    sequence: new Float64Array(buffer, byteOffset + layout.sequence, count),
    createdAtMs: new Float64Array(buffer, byteOffset + layout.createdAt, count),
    digestLow: new Uint32Array(buffer, byteOffset + layout.digestLow, count),
    digestHigh: new Uint32Array(buffer, byteOffset + layout.digestHigh, count),
  };
}

function viewReplay({ buffer, byteOffset }: Buffer, count: number, layout: ObservationsLayout): ReplayColumns {
  return {
    offset: new Float64Array(buffer, byteOffset + layout.letterOffset, count),
    row: new Uint32Array(buffer, byteOffset + layout.letterRow, count),
    attempt: new Uint16Array(buffer, byteOffset + layout.letterAttempt, count),
    firstSeenMs: new Float64Array(buffer, byteOffset + layout.letterFirstSeen, count),
  };
}

function checkReplay({ offset, attempt, firstSeenMs }: ReplayColumns): void {
  for (let index = 0; index < offset.length; index += 1) {
    const letter = offset[index]!;
    if (!(Number.isSafeInteger(letter) && letter >= 0)) {
      throw new RecordFormatError('content', `letter ${index} has offset ${letter}, which is no offset`);
    }
    if (attempt[index] === 0) throw new RecordFormatError('content', `letter ${index} has attempt 0; the first is 1`);
    const seen = firstSeenMs[index]!;
    if (!(Number.isSafeInteger(seen) && seen >= 0)) {
      throw new RecordFormatError('content', `letter ${index} was first seen at ${seen}, which is no time`);
    }
  }
}

function checkSlices(
  slices: SliceColumns,
  {
    rowCount,
    producerCount,
    tenantCount,
  }: {
    readonly rowCount: number;
    readonly producerCount: number;
    readonly tenantCount: number;
  },
): void {
  let end = 0;
  for (let slice = 0; slice < slices.count; slice += 1) {
    const rowEnd = slices.rowEnd[slice]!;
    if (rowEnd < end) throw new RecordFormatError('content', `slice ${slice} ends at row ${rowEnd}, before it starts`);
    end = rowEnd;
    const tenant = slices.tenant[slice]!;
    if (tenant >= tenantCount) {
      throw new RecordFormatError('content', `slice ${slice} is of tenant ${tenant} of ${tenantCount}`);
    }
    const producer = slices.producer[slice]!;
    if (producer >= producerCount && producer !== NO_PRODUCER) {
      throw new RecordFormatError('content', `slice ${slice} is of producer ${producer} of ${producerCount}`);
    }
  }
  if (end !== rowCount) throw new RecordFormatError('content', `slices cover ${end} of ${rowCount} rows`);
}

function checkReferences(
  cityRef: Uint32Array,
  cityStringCount: number,
  sensor: Uint16Array | undefined,
  sensorStringCount: number,
): void {
  let highest = 0;
  for (let row = 0; row < cityRef.length; row += 1) {
    const ref = cityRef[row]!;
    if (ref > highest) highest = ref;
  }
  if (highest >= CITY_STRING_BIT && highest - CITY_STRING_BIT >= cityStringCount) {
    throw new RecordFormatError(
      'content',
      `a row names city string ${highest - CITY_STRING_BIT} of ${cityStringCount}`,
    );
  }
  if (sensor === undefined) return;
  for (let row = 0; row < sensor.length; row += 1) {
    if (sensor[row]! > sensorStringCount) {
      throw new RecordFormatError('content', `row ${row} names sensor ${sensor[row]} of ${sensorStringCount}`);
    }
  }
}

function checkTimes(offsets: Float64Array): void {
  for (let row = 0; row < offsets.length; row += 1) {
    if (!Number.isSafeInteger(offsets[row])) {
      throw new RecordFormatError('content', `row ${row} has offset ${offsets[row]}, which is no whole ms`);
    }
  }
}
