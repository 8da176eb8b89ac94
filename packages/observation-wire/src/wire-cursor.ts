/** Thrown inside a fast path where a message is unusual: the generated codec decides about it. Never seen outside. */
export const UNUSUAL = Symbol('unusual');

/** Reads protobuf's binary form from a position. Whatever is not plain leaves by {@link UNUSUAL}. */
export interface WireCursor {
  position: number;
  end: number;
}

/** A varint below 2⁵³. */
export function readVarint(bytes: Uint8Array, cursor: WireCursor): number {
  let value = 0;
  let factor = 1;
  for (let count = 0; count < 8; count += 1) {
    if (cursor.position >= cursor.end) throw UNUSUAL;
    const byte = bytes[cursor.position]!;
    cursor.position += 1;
    value += (byte & 0x7f) * factor;
    if (byte < 0x80) {
      if (value > Number.MAX_SAFE_INTEGER) throw UNUSUAL;
      return value;
    }
    factor *= 128;
  }
  throw UNUSUAL;
}

/** The length of a field that follows, checked against the end. */
export function readLength(bytes: Uint8Array, cursor: WireCursor): number {
  const length = readVarint(bytes, cursor);
  if (length > cursor.end - cursor.position) throw UNUSUAL;
  return length;
}

/** A google.protobuf.Timestamp in milliseconds, parts of one cut off. */
export function readTimestampMs(bytes: Uint8Array, cursor: WireCursor): number {
  const length = readLength(bytes, cursor);
  const message: WireCursor = { position: cursor.position, end: cursor.position + length };
  cursor.position = message.end;
  let seconds = 0;
  let nanos = 0;
  while (message.position < message.end) {
    const tag = bytes[message.position]!;
    message.position += 1;
    if (tag === 0x08) seconds = readVarint(bytes, message);
    else if (tag === 0x10) nanos = readVarint(bytes, message);
    else throw UNUSUAL;
  }
  // Beyond 31 bits the generated codec keeps the lowest 32 of nanos.
  if (nanos > 0x7fff_ffff) throw UNUSUAL;
  return seconds * 1000 + Math.floor(nanos / 1e6);
}

/** UTF-8 text; what is not plain ASCII goes through a strict decoder. */
export function readText(bytes: Buffer, cursor: WireCursor): string {
  const length = readLength(bytes, cursor);
  const start = cursor.position;
  cursor.position = start + length;
  for (let at = start; at < cursor.position; at += 1) {
    if (bytes[at]! >= 0x80) return decodeStrictly(bytes.subarray(start, cursor.position));
  }
  return bytes.toString('latin1', start, cursor.position);
}

const STRICT = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

function decodeStrictly(bytes: Uint8Array): string {
  try {
    return STRICT.decode(bytes);
  } catch {
    throw UNUSUAL;
  }
}
