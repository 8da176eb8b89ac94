import { decodeStreamRequest } from './decode-stream-request.ts';
import { readLength, readText, readTimestampMs, readVarint, UNUSUAL, type WireCursor } from './wire-cursor.ts';

/** What a refused batch leaves behind: whom to answer, and what later batches of the stream refer to. */
export interface ScannedStreamBatch {
  /** Not exact beyond 2⁵³ − 1. */
  readonly sequence: number;
  /** Cities that join the stream's dictionary. */
  readonly cities: readonly string[];
  /** Sensors that join the stream's dictionary. */
  readonly sensors: readonly string[];
}

/**
 * Reads sequence and dictionary entries of isotherm.ingest.v1.StreamBatch and passes over its columns, whatever is in
 * them: its cost goes with the entries, not with the rows.
 *
 * @returns undefined for a message of a stream that is no batch
 * @throws WireError
 */
export function scanStreamBatch(bytes: Uint8Array): ScannedStreamBatch | undefined {
  const buffer = Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  try {
    return scan(buffer);
  } catch (thrown) {
    if (thrown !== UNUSUAL) throw thrown;
  }
  const { message } = decodeStreamRequest(bytes);
  if (message.case !== 'batch') return undefined;
  const { sequence, columns } = message.value;
  return { sequence: Number(sequence), cities: columns?.cities ?? [], sensors: columns?.sensors ?? [] };
}

function scan(bytes: Buffer): ScannedStreamBatch {
  const cursor: WireCursor = { position: 1, end: bytes.byteLength };
  if (bytes[0] !== 0x12 || readLength(bytes, cursor) !== bytes.byteLength - cursor.position) throw UNUSUAL;
  const cities: string[] = [];
  const sensors: string[] = [];
  let sequence = 0;
  while (cursor.position < cursor.end) {
    const tag = bytes[cursor.position]!;
    cursor.position += 1;
    if (tag === 0x08) sequence = readVarint(bytes, cursor);
    else if (tag === 0x12) readTimestampMs(bytes, cursor);
    else if (tag === 0x1a) scanColumns(bytes, cursor, { cities, sensors });
    else throw UNUSUAL;
  }
  return { sequence, cities, sensors };
}

/** Passes the columns at the cursor. */
function scanColumns(
  bytes: Buffer,
  cursor: WireCursor,
  found: { readonly cities: string[]; readonly sensors: string[] },
): void {
  const length = readLength(bytes, cursor);
  const columns: WireCursor = { position: cursor.position, end: cursor.position + length };
  cursor.position = columns.end;
  while (columns.position < columns.end) {
    const tag = bytes[columns.position]!;
    columns.position += 1;
    switch (tag) {
      case 0x0a:
        found.cities.push(readText(bytes, columns));
        break;
      case 0x42:
        found.sensors.push(readText(bytes, columns));
        break;
      case 0x18:
        readVarint(bytes, columns);
        break;
      case 0x12:
      case 0x22:
      case 0x4a:
        pass(bytes, columns, 4);
        break;
      case 0x2a:
      case 0x32:
      case 0x3a:
        passDecimals(bytes, columns);
        break;
      default:
        throw UNUSUAL;
    }
  }
}

/**
 * Passes a column of decimals, field by field: a field that runs over the end of its parent takes with it what follows
 * there, as the generated codec reads it.
 */
function passDecimals(bytes: Buffer, cursor: WireCursor): void {
  const length = readLength(bytes, cursor);
  const column: WireCursor = { position: cursor.position, end: cursor.position + length };
  cursor.position = column.end;
  while (column.position < column.end) {
    const tag = bytes[column.position]!;
    column.position += 1;
    if (tag === 0x08) readVarint(bytes, column);
    else if (tag === 0x12) pass(bytes, column, 4);
    else if (tag === 0x1a) pass(bytes, column, 8);
    else if (tag === 0x22) passVarints(bytes, column);
    else throw UNUSUAL;
  }
}

/** Passes packed entries of so many bytes each. */
function pass(bytes: Buffer, cursor: WireCursor, entryBytes: number): void {
  const length = readLength(bytes, cursor);
  if (length % entryBytes !== 0) throw UNUSUAL;
  cursor.position += length;
}

/** Passes packed varints, of which the last has to end. */
function passVarints(bytes: Buffer, cursor: WireCursor): void {
  const length = readLength(bytes, cursor);
  cursor.position += length;
  if (length > 0 && bytes[cursor.position - 1]! >= 0x80) throw UNUSUAL;
}
