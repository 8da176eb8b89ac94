import type { Producer, RejectedRow } from './log-record.ts';

/** The parts of a record without fixed width. */
export interface ObservationsTail {
  readonly tenants: readonly string[];
  readonly producers: readonly Producer[];
  readonly cityStrings: readonly string[];
  readonly sensorStrings: readonly string[];
  readonly rejectedRows: readonly RejectedRow[];
  /** Empty: none, and no byte is spent on it. */
  readonly traceParent: string;
}

/** Bytes of a rejected row besides its message and observation. */
export const REJECTED_ROW_BYTES = 16;

/** Longest text a record takes: lengths are u16. */
const MAX_TEXT_BYTES = 0xffff;

/** Bytes that {@link writeTail} will write. */
export function tailBytes(tail: ObservationsTail): number {
  let bytes = tail.traceParent === '' ? 0 : 2 + textBytes(tail.traceParent);
  for (const text of tail.tenants) bytes += 2 + textBytes(text);
  for (const producer of tail.producers) bytes += 10 + textBytes(producer.id);
  for (const text of tail.cityStrings) bytes += 2 + textBytes(text);
  for (const text of tail.sensorStrings) bytes += 2 + textBytes(text);
  for (const row of tail.rejectedRows) {
    bytes += REJECTED_ROW_BYTES + textBytes(row.message) + row.observation.byteLength;
  }
  return bytes;
}

/** Writes the tail from position `at` of `bytes`. */
export function writeTail(bytes: Uint8Array, at: number, tail: ObservationsTail): void {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let end = at;
  const text = (value: string): void => {
    const written = buffer.write(value, end + 2, 'utf8');
    end = buffer.writeUInt16LE(written, end) + written;
  };
  if (tail.traceParent !== '') text(tail.traceParent);
  for (const value of tail.tenants) text(value);
  for (const producer of tail.producers) {
    end = buffer.writeBigUInt64LE(BigInt.asUintN(64, producer.session), end);
    text(producer.id);
  }
  for (const value of tail.cityStrings) text(value);
  for (const value of tail.sensorStrings) text(value);
  for (const row of tail.rejectedRows) {
    end = buffer.writeUInt32LE(row.slice, end);
    end = buffer.writeUInt32LE(row.batchRow, end);
    end = buffer.writeUInt16LE(row.reason, end);
    const messageBytes = buffer.write(row.message, end + 6, 'utf8');
    buffer.writeUInt16LE(messageBytes, end);
    end = buffer.writeUInt32LE(row.observation.byteLength, end + 2) + messageBytes;
    buffer.set(row.observation, end);
    end += row.observation.byteLength;
  }
}

function textBytes(text: string): number {
  const bytes = Buffer.byteLength(text, 'utf8');
  if (bytes > MAX_TEXT_BYTES) {
    throw new RangeError(`a text of ${bytes} bytes does not fit in a record, which takes ${MAX_TEXT_BYTES}`);
  }
  return bytes;
}
