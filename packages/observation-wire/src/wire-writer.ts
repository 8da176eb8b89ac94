/** Writes protobuf's binary form into memory of a size known before. */
export interface WireWriter {
  readonly bytes: Uint8Array;
  tag(tag: number): void;
  /** An integer, exact below 2⁵³ in size; negative ones take 10 bytes, as int64 does. */
  varint(value: number): void;
  /** Length and UTF-8. */
  text(value: string): void;
  /** Length and the entries as they lie in memory: little-endian. */
  packed(entries: Uint32Array | Int32Array | Float64Array): void;
}

/** Creates a writer of exactly so many bytes. */
export function createWriter(byteLength: number): WireWriter {
  const buffer = Buffer.allocUnsafeSlow(byteLength);
  let position = 0;
  const varint = (value: number): void => {
    if (value < 0) {
      let rest = BigInt.asUintN(64, BigInt(value));
      for (let count = 0; count < 9; count += 1) {
        buffer[position] = Number(rest & 0x7fn) | 0x80;
        position += 1;
        rest >>= 7n;
      }
      buffer[position] = Number(rest);
      position += 1;
      return;
    }
    let rest = value;
    while (rest >= 0x80) {
      buffer[position] = (rest % 0x80) | 0x80;
      position += 1;
      rest = Math.floor(rest / 0x80);
    }
    buffer[position] = rest;
    position += 1;
  };
  return {
    bytes: buffer,
    tag(tag) {
      buffer[position] = tag;
      position += 1;
    },
    varint,
    text(value) {
      varint(Buffer.byteLength(value, 'utf8'));
      position += buffer.write(value, position, 'utf8');
    },
    packed(entries) {
      varint(entries.byteLength);
      buffer.set(new Uint8Array(entries.buffer, entries.byteOffset, entries.byteLength), position);
      position += entries.byteLength;
    },
  };
}

/** Bytes of {@link WireWriter.varint}. */
export function sizeOfVarint(value: number): number {
  if (value < 0) return 10;
  let size = 1;
  for (let rest = value; rest >= 0x80; rest /= 0x80) size += 1;
  return size;
}

/** Bytes of a payload and the length before it. */
export function sizeOfPayload(byteLength: number): number {
  return sizeOfVarint(byteLength) + byteLength;
}
