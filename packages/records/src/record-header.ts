import { crc32 } from 'node:zlib';
import type { LogRecord } from './log-record.ts';
import { RecordFormatError } from './record-format-error.ts';

/**
 * Every record starts with this header, little-endian:
 *
 * | byte | type | what |
 * |---|---|---|
 * | 0 | u32 | CRC-32 (that of zlib) of bytes 4 to the end |
 * | 4 | u16 | {@link MAGIC} |
 * | 6 | u8 | {@link VERSION} |
 * | 7 | u8 | kind, see {@link KIND_CODES} |
 * | 8 | u32 | length of the record in bytes |
 * | 12 | u32 | flags of the kind |
 */
export const HEADER_BYTES = 16;

const MAGIC = 0x4f49;
const VERSION = 2;

const KIND_CODES = { observations: 1, tick: 2, cityChange: 3 } as const satisfies Record<LogRecord['kind'], number>;

/** What a header says. */
export interface RecordHeader {
  readonly kind: LogRecord['kind'];
  readonly flags: number;
}

/** Writes the header except its checksum. `bytes` is exactly the record. */
export function writeHeader(bytes: Uint8Array, header: RecordHeader): void {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  view.setUint16(4, MAGIC, true);
  view.setUint8(6, VERSION);
  view.setUint8(7, KIND_CODES[header.kind]);
  view.setUint32(8, bytes.byteLength, true);
  view.setUint32(12, header.flags, true);
}

/** Completes a record with its checksum. Nothing of it may change afterwards. */
export function sealRecord(bytes: Uint8Array): void {
  const crc = crc32(bytes.subarray(4));
  bytes[0] = crc;
  bytes[1] = crc >>> 8;
  bytes[2] = crc >>> 16;
  bytes[3] = crc >>> 24;
}

/** Checks length, checksum, format and version. @throws RecordFormatError */
export function readHeader(bytes: Uint8Array): RecordHeader {
  if (bytes.byteLength < HEADER_BYTES) {
    throw new RecordFormatError(
      'truncated',
      `a record has at least ${HEADER_BYTES} bytes, this one ${bytes.byteLength}`,
    );
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const magic = view.getUint16(4, true);
  if (magic !== MAGIC) throw new RecordFormatError('version', `not a record: it starts with 0x${magic.toString(16)}`);
  const version = view.getUint8(6);
  if (version !== VERSION) {
    throw new RecordFormatError('version', `record format ${version}; this program reads format ${VERSION}`);
  }
  const length = view.getUint32(8, true);
  if (length !== bytes.byteLength) {
    throw new RecordFormatError('truncated', `the record announces ${length} bytes and has ${bytes.byteLength}`);
  }
  const expected = view.getUint32(0, true);
  const actual = crc32(bytes.subarray(4));
  if (actual !== expected) {
    throw new RecordFormatError('checksum', `checksum ${hex(actual)} where the record announces ${hex(expected)}`);
  }
  return { kind: kindOf(view.getUint8(7)), flags: view.getUint32(12, true) };
}

function kindOf(code: number): LogRecord['kind'] {
  switch (code) {
    case KIND_CODES.observations:
      return 'observations';
    case KIND_CODES.tick:
      return 'tick';
    case KIND_CODES.cityChange:
      return 'cityChange';
    default:
      throw new RecordFormatError('version', `record kind ${code} is unknown to this program`);
  }
}

function hex(value: number): string {
  return `0x${value.toString(16).padStart(8, '0')}`;
}
