import { crc32c } from '@platformatic/kafka';
import { WireReader } from './wire-reader.ts';
import { unsignedVarintBytes, varintBytes, type WireWriter } from './wire-writer.ts';

/** Bytes of a batch before its records. */
export const BATCH_HEADER_BYTES = 61;
/** Bytes of a batch that its length field does not count: base offset and the length itself. */
const BEFORE_LENGTH_BYTES = 12;
const MAGIC = 2;
/** Where the checksum stands, and where the bytes that it covers begin. */
const CRC_AT = 17;
const COVERED_FROM = 21;
const COMPRESSION_BITS = 0b111;
const APPEND_TIME_BIT = 0b1000;
const CONTROL_BIT = 0b10_0000;

/** Who writes a batch: a broker drops what it has already, and refuses what comes out of turn. */
export interface ProducerIdentity {
  readonly producerId: bigint;
  readonly epoch: number;
  readonly sequence: number;
}

/** Bytes of a record at its place in a batch. */
export function recordBytes(index: number, valueBytes: number): number {
  const body = recordBodyBytes(index, valueBytes);
  return varintBytes(body) + body;
}

/** Attributes, timestamp delta, offset delta, no key, the value, no headers. */
function recordBodyBytes(index: number, valueBytes: number): number {
  return 1 + 1 + varintBytes(index) + 1 + varintBytes(valueBytes) + valueBytes + 1;
}

/** Bytes of a batch of these records. */
export function batchBytes(values: readonly Uint8Array[]): number {
  return values.reduce((sum, value, index) => sum + recordBytes(index, value.length), BATCH_HEADER_BYTES);
}

/** Writes a batch of format 2, uncompressed; its length was given before it. */
export function writeBatch(
  writer: WireWriter,
  values: readonly Uint8Array[],
  batch: ProducerIdentity & { readonly timestampMs: number; readonly bytes: number },
): void {
  const start = writer.length;
  const timestamp = BigInt(batch.timestampMs);
  writer.int64(0n);
  writer.int32(batch.bytes - BEFORE_LENGTH_BYTES);
  writer.int32(-1);
  writer.int8(MAGIC);
  writer.int32(0);
  writer.int16(0);
  writer.int32(values.length - 1);
  writer.int64(timestamp);
  writer.int64(timestamp);
  writer.int64(batch.producerId);
  writer.int16(batch.epoch);
  writer.int32(batch.sequence);
  writer.int32(values.length);
  for (const [index, value] of values.entries()) {
    writer.varint(recordBodyBytes(index, value.length));
    writer.int8(0);
    writer.varint(0);
    writer.varint(index);
    writer.varint(-1);
    writer.varint(value.length);
    writer.bytes(value);
    writer.varint(0);
  }
  writer.buffer.writeUInt32BE(crc32c(writer.buffer.subarray(start + COVERED_FROM, writer.length)), start + CRC_AT);
}

/** Bytes of a batch after its compact length, for sizing a request. */
export function compactLengthBytes(bytes: number): number {
  return unsignedVarintBytes(bytes + 1);
}

/** A record as a broker gives it back. */
export interface FetchedRecord {
  readonly offset: number;
  /** A view of the response. */
  readonly bytes: Uint8Array;
  readonly appendMs: number;
}

/** Offsets that cannot be read. */
export interface UnreadableRange {
  readonly from: number;
  /** The offset after the last. */
  readonly to: number;
  readonly reason: string;
}

/** A batch as read: its records, or why there are none. */
export interface FetchedBatch {
  readonly baseOffset: number;
  readonly nextOffset: number;
  readonly leaderEpoch: number;
  readonly records: readonly FetchedRecord[];
  readonly unreadable: UnreadableRange | undefined;
}

/**
 * Reads the batches of a partition in a fetch response. The last may be cut short by the size asked for: it is left out.
 *
 * A batch whose checksum is wrong is unreadable as a whole. Its extent is believed only where its two counts agree with
 * each other; else the rest of the response is left out, and `damaged` says so.
 */
export function readBatches(buffer: Buffer, from: number, to: number): { batches: FetchedBatch[]; damaged: boolean } {
  const batches: FetchedBatch[] = [];
  for (let at = from; to - at >= BATCH_HEADER_BYTES; ) {
    const length = buffer.readInt32BE(at + 8) + BEFORE_LENGTH_BYTES;
    if (length < BATCH_HEADER_BYTES) return { batches, damaged: true };
    if (at + length > to) break;
    const batch = readBatch(buffer.subarray(at, at + length));
    if (batch === undefined) return { batches, damaged: true };
    batches.push(batch);
    at += length;
  }
  return { batches, damaged: false };
}

function readBatch(batch: Buffer): FetchedBatch | undefined {
  const header = new WireReader(batch);
  const baseOffset = header.int64();
  header.skip(4);
  const leaderEpoch = header.int32();
  header.skip(5);
  const attributes = header.int16();
  const lastOffsetDelta = header.int32();
  header.skip(8);
  const maxTimestampMs = header.int64();
  header.skip(8 + 2 + 4);
  const count = header.int32();
  const nextOffset = baseOffset + lastOffsetDelta + 1;
  const whole = { baseOffset, nextOffset, leaderEpoch };
  const unreadable = (reason: string): FetchedBatch => ({
    ...whole,
    records: [],
    unreadable: { from: baseOffset, to: nextOffset, reason },
  });
  if (crc32c(batch.subarray(COVERED_FROM)) !== batch.readUInt32BE(CRC_AT)) {
    if (lastOffsetDelta + 1 !== count || count < 1 || count > batch.length) return undefined;
    return unreadable('the checksum of its batch is wrong');
  }
  if ((attributes & CONTROL_BIT) !== 0)
    return unreadable('it is a mark of a transaction, which the log does not write');
  if ((attributes & COMPRESSION_BITS) !== 0) return unreadable('its batch is compressed, which the log does not write');
  const appendMs = (attributes & APPEND_TIME_BIT) !== 0 ? maxTimestampMs : undefined;
  return { ...whole, records: readRecords(header, whole, count, appendMs), unreadable: undefined };
}

function readRecords(
  reader: WireReader,
  { baseOffset }: { readonly baseOffset: number },
  count: number,
  appendMs: number | undefined,
): FetchedRecord[] {
  const { buffer } = reader;
  const firstTimestampMs = new WireReader(buffer, 27).int64();
  const records: FetchedRecord[] = [];
  for (let i = 0; i < count; i++) {
    const bodyBytes = reader.varint();
    const end = reader.position + bodyBytes;
    reader.skip(1);
    const timestampDeltaMs = reader.varlong();
    const offset = baseOffset + reader.varint();
    reader.skip(Math.max(0, reader.varint()));
    const valueBytes = Math.max(0, reader.varint());
    const at = reader.skip(valueBytes);
    const bytes = buffer.subarray(at, at + valueBytes);
    records.push({ offset, bytes, appendMs: appendMs ?? firstTimestampMs + timestampDeltaMs });
    reader.position = end;
  }
  return records;
}
