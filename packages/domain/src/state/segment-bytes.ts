import { SegmentFormatError } from './segment-format-error.ts';

/** A typed array of any kind. */
export type NumberArray = Uint8Array | Uint16Array | Uint32Array | Int32Array | Float64Array;

const utf8 = new TextEncoder();
const fromUtf8 = new TextDecoder('utf-8', { fatal: true });

/** Writes little-endian numbers, arrays as they lie in memory and texts into bytes that grow. */
export class SegmentWriter {
  #bytes: Uint8Array<ArrayBuffer>;
  #view: DataView<ArrayBuffer>;
  #at = 0;

  constructor(expectedBytes: number) {
    this.#bytes = new Uint8Array(Math.max(1024, expectedBytes));
    this.#view = new DataView(this.#bytes.buffer);
  }

  get length(): number {
    return this.#at;
  }

  u32(value: number): void {
    this.#need(4);
    this.#view.setUint32(this.#at, value, true);
    this.#at += 4;
  }

  f64(value: number): void {
    this.#need(8);
    this.#view.setFloat64(this.#at, value, true);
    this.#at += 8;
  }

  u64(value: bigint): void {
    this.#need(8);
    this.#view.setBigUint64(this.#at, value, true);
    this.#at += 8;
  }

  text(value: string): void {
    const encoded = utf8.encode(value);
    this.u32(encoded.length);
    this.array(encoded);
  }

  /** The array's bytes, without their number. */
  array(values: NumberArray): void {
    this.#need(values.byteLength);
    this.#bytes.set(bytesOf(values), this.#at);
    this.#at += values.byteLength;
  }

  /** Overwrites a number written before. */
  patchU32(at: number, value: number): void {
    this.#view.setUint32(at, value, true);
  }

  /** Overwrites a number written before. */
  patchF64(at: number, value: number): void {
    this.#view.setFloat64(at, value, true);
  }

  /** What was written; the writer is done. */
  finish(): Uint8Array {
    return new Uint8Array(this.#bytes.buffer.transfer(this.#at));
  }

  #need(bytes: number): void {
    const needed = this.#at + bytes;
    if (needed <= this.#bytes.length) return;
    this.#bytes = new Uint8Array(this.#bytes.buffer.transfer(Math.max(needed, this.#bytes.length * 2)));
    this.#view = new DataView(this.#bytes.buffer);
  }
}

/** Reads what {@link SegmentWriter} wrote. Every read checks that it stays within the segment. */
export class SegmentReader {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  get remaining(): number {
    return this.#bytes.length - this.#at;
  }

  u32(): number {
    return this.#view.getUint32(this.#take(4), true);
  }

  f64(): number {
    return this.#view.getFloat64(this.#take(8), true);
  }

  u64(): bigint {
    return this.#view.getBigUint64(this.#take(8), true);
  }

  text(): string {
    const bytes = this.bytes(this.u32());
    try {
      return fromUtf8.decode(bytes);
    } catch {
      throw new SegmentFormatError('a text of the segment is not UTF-8');
    }
  }

  /** A number below or equal to `max`. */
  count(what: string, max: number): number {
    const value = this.u32();
    if (value > max) throw new SegmentFormatError(`the segment has ${value} ${what}, at most ${max} are possible`);
    return value;
  }

  /** Fills the array from its bytes. */
  into(values: NumberArray): void {
    const at = this.#take(values.byteLength);
    bytesOf(values).set(this.#bytes.subarray(at, at + values.byteLength));
  }

  /** The next bytes, as a view of the segment. */
  bytes(length: number): Uint8Array {
    const at = this.#take(length);
    return this.#bytes.subarray(at, at + length);
  }

  #take(bytes: number): number {
    if (bytes > this.remaining) {
      throw new SegmentFormatError(`the segment ends after ${this.#bytes.length} bytes, in the middle of a value`);
    }
    const at = this.#at;
    this.#at += bytes;
    return at;
  }
}

function bytesOf(values: NumberArray): Uint8Array {
  return new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
}
