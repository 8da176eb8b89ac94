/** Writes Kafka's wire types into memory of a size known beforehand. */
export class WireWriter {
  readonly buffer: Buffer;
  length = 0;

  /** @param buffer long enough for everything that will be written */
  constructor(buffer: Buffer) {
    this.buffer = buffer;
  }

  int8(value: number): void {
    this.buffer[this.length++] = value & 0xff;
  }

  int16(value: number): void {
    this.length = this.buffer.writeInt16BE(value, this.length);
  }

  int32(value: number): void {
    this.length = this.buffer.writeInt32BE(value, this.length);
  }

  int64(value: bigint): void {
    this.length = this.buffer.writeBigInt64BE(value, this.length);
  }

  unsignedVarint(value: number): void {
    let rest = value >>> 0;
    while (rest > 0x7f) {
      this.buffer[this.length++] = (rest & 0x7f) | 0x80;
      rest >>>= 7;
    }
    this.buffer[this.length++] = rest;
  }

  /** Zigzag: small magnitudes of either sign take one byte. */
  varint(value: number): void {
    this.unsignedVarint(zigzag(value));
  }

  bytes(value: Uint8Array): void {
    this.buffer.set(value, this.length);
    this.length += value.length;
  }

  /** No tagged fields. */
  noTags(): void {
    this.int8(0);
  }

  /** What was written so far, without a copy. */
  written(): Buffer {
    return this.buffer.subarray(0, this.length);
  }
}

/** Bytes that an unsigned varint takes. */
export function unsignedVarintBytes(value: number): number {
  return Math.max(1, Math.ceil((32 - Math.clz32(value)) / 7));
}

/** Bytes that a signed varint takes. */
export function varintBytes(value: number): number {
  return unsignedVarintBytes(zigzag(value));
}

function zigzag(value: number): number {
  return ((value << 1) ^ (value >> 31)) >>> 0;
}
