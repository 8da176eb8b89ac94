/** Reads Kafka's wire types. Past the end it throws a RangeError, as of a response that was cut short. */
export class WireReader {
  readonly buffer: Buffer;
  position: number;

  constructor(buffer: Buffer, position = 0) {
    this.buffer = buffer;
    this.position = position;
  }

  int16(): number {
    return this.buffer.readInt16BE(this.skip(2));
  }

  int32(): number {
    return this.buffer.readInt32BE(this.skip(4));
  }

  /** As a number: offsets and times stay far below 2⁵³. */
  int64(): number {
    const at = this.skip(8);
    return this.buffer.readInt32BE(at) * 0x1_0000_0000 + this.buffer.readUInt32BE(at + 4);
  }

  unsignedVarint(): number {
    let value = 0;
    for (let shift = 0; shift < 35; shift += 7) {
      const byte = this.buffer.readUInt8(this.skip(1));
      value |= (byte & 0x7f) << shift;
      if (byte < 0x80) return value >>> 0;
    }
    throw new RangeError('A varint is longer than five bytes');
  }

  /** Zigzag. */
  varint(): number {
    const value = this.unsignedVarint();
    return (value >>> 1) ^ -(value & 1);
  }

  /** Zigzag, of up to ten bytes. As a number: exact below 2⁵³. */
  varlong(): number {
    let value = 0;
    for (let scale = 1; scale <= 2 ** 63; scale *= 128) {
      const byte = this.buffer.readUInt8(this.skip(1));
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) return value % 2 === 0 ? value / 2 : -(value + 1) / 2;
    }
    throw new RangeError('A varint is longer than ten bytes');
  }

  /** Length of a compact array, string or bytes; -1 for null. */
  compactLength(): number {
    return this.unsignedVarint() - 1;
  }

  compactString(): string | undefined {
    const length = this.compactLength();
    if (length < 0) return undefined;
    const at = this.skip(length);
    return this.buffer.toString('utf8', at, at + length);
  }

  tags(): void {
    for (let left = this.unsignedVarint(); left > 0; left--) {
      this.unsignedVarint();
      this.skip(this.unsignedVarint());
    }
  }

  /** Passes over bytes. @returns where they began */
  skip(bytes: number): number {
    const at = this.position;
    if (at + bytes > this.buffer.length) throw new RangeError('The response ends too early');
    this.position = at + bytes;
    return at;
  }
}
