const encoder = new TextEncoder();

/**
 * One column of a block in ClickHouse's Native format. Numeric columns are the bytes of a typed array as it lies in
 * memory (little endian); `dictionary` is a LowCardinality(String) by index; `constant` repeats one 64-bit number.
 */
export type NativeColumn =
  | { readonly kind: 'numbers'; readonly name: string; readonly type: NumberType; readonly values: NumberArray }
  | { readonly kind: 'constant'; readonly name: string; readonly value: bigint }
  | { readonly kind: 'strings'; readonly name: string; readonly values: readonly (string | Uint8Array)[] }
  | {
      readonly kind: 'dictionary';
      readonly name: string;
      readonly words: readonly string[];
      readonly index: Uint32Array;
    };

type NumberType = 'UInt8' | 'UInt16' | 'UInt32' | 'Int32' | 'Float64';
type NumberArray = Uint8Array | Uint16Array | Uint32Array | Int32Array | Float64Array;

/** Rows in columns. Columns may be longer than `rowCount`; what is beyond is left out. */
export interface NativeBlock {
  readonly rowCount: number;
  readonly columns: readonly NativeColumn[];
}

/** Format: version 1 of shared dictionaries with additional keys, which is how the engine itself writes files. */
const DICTIONARY_VERSION = 1n;
/** 32-bit indices, keys in this block, dictionary not carried over from the block before. */
const DICTIONARY_FLAGS = 0x602n;

/**
 * Encodes blocks one after the other into memory of `allocate(byteLength)`, and returns its used part.
 * Source: ClickHouse, src/Formats/NativeWriter.cpp and SerializationLowCardinality.cpp (26.7).
 */
export function encodeNativeBlocks(
  blocks: readonly NativeBlock[],
  allocate: (byteLength: number) => Uint8Array<ArrayBuffer>,
): Uint8Array<ArrayBuffer> {
  let bound = 0;
  for (const block of blocks) bound += upperBound(block);
  const cursor = new Cursor(allocate(bound));
  for (const block of blocks) writeBlock(cursor, block);
  return cursor.written();
}

function upperBound(block: NativeBlock): number {
  let bytes = 20;
  for (const column of block.columns) bytes += 80 + columnBound(column, block.rowCount);
  return bytes;
}

function columnBound(column: NativeColumn, rowCount: number): number {
  switch (column.kind) {
    case 'numbers':
      return rowCount * column.values.BYTES_PER_ELEMENT;
    case 'constant':
      return rowCount * 8;
    case 'strings':
      return stringsBound(column.values, rowCount);
    case 'dictionary':
      return 32 + stringsBound(column.words, column.words.length) + rowCount * 4;
  }
}

function stringsBound(values: readonly (string | Uint8Array)[], count: number): number {
  let bytes = 0;
  for (let i = 0; i < count; i++) bytes += 5 + (values[i]?.length ?? 0) * 3;
  return bytes;
}

function writeBlock(cursor: Cursor, block: NativeBlock): void {
  cursor.varint(block.columns.length);
  cursor.varint(block.rowCount);
  for (const column of block.columns) {
    cursor.text(column.name);
    writeColumn(cursor, column, block.rowCount);
  }
}

function writeColumn(cursor: Cursor, column: NativeColumn, rowCount: number): void {
  switch (column.kind) {
    case 'numbers':
      cursor.text(column.type);
      cursor.numbers(column.values, rowCount);
      return;
    case 'constant':
      cursor.text('UInt64');
      cursor.repeat(column.value, rowCount);
      return;
    case 'strings':
      cursor.text('String');
      for (let i = 0; i < rowCount; i++) cursor.text(column.values[i] ?? '');
      return;
    case 'dictionary':
      cursor.text('LowCardinality(String)');
      cursor.repeat(DICTIONARY_VERSION, 1);
      cursor.repeat(DICTIONARY_FLAGS, 1);
      cursor.repeat(BigInt(column.words.length), 1);
      for (const word of column.words) cursor.text(word);
      cursor.repeat(BigInt(rowCount), 1);
      cursor.numbers(column.index, rowCount);
      return;
  }
}

class Cursor {
  readonly #bytes: Uint8Array<ArrayBuffer>;
  #at = 0;

  constructor(bytes: Uint8Array<ArrayBuffer>) {
    this.#bytes = bytes;
  }

  written(): Uint8Array<ArrayBuffer> {
    return this.#bytes.subarray(0, this.#at);
  }

  varint(value: number): void {
    let rest = value;
    while (rest > 127) {
      this.#bytes[this.#at++] = (rest & 127) | 128;
      rest = Math.floor(rest / 128);
    }
    this.#bytes[this.#at++] = rest;
  }

  text(value: string | Uint8Array): void {
    if (typeof value !== 'string') {
      this.varint(value.byteLength);
      this.#bytes.set(value, this.#at);
      this.#at += value.byteLength;
      return;
    }
    if (value.length < 128 && this.#ascii(value)) return;
    const encoded = encoder.encode(value);
    this.varint(encoded.byteLength);
    this.#bytes.set(encoded, this.#at);
    this.#at += encoded.byteLength;
  }

  /** Ids are short and ASCII: written without a call into the encoder. False leaves nothing behind. */
  #ascii(value: string): boolean {
    const start = this.#at + 1;
    for (let i = 0; i < value.length; i++) {
      const code = value.charCodeAt(i);
      if (code > 127) return false;
      this.#bytes[start + i] = code;
    }
    this.#bytes[this.#at] = value.length;
    this.#at = start + value.length;
    return true;
  }

  numbers(values: NumberArray, count: number): void {
    const byteLength = count * values.BYTES_PER_ELEMENT;
    this.#bytes.set(new Uint8Array(values.buffer, values.byteOffset, byteLength), this.#at);
    this.#at += byteLength;
  }

  /** One unsigned 64-bit number `count` times: written once, then doubled. */
  repeat(value: bigint, count: number): void {
    if (count === 0) return;
    const start = this.#at;
    const end = start + count * 8;
    new DataView(this.#bytes.buffer, this.#bytes.byteOffset).setBigUint64(start, value, true);
    for (let filled = 8; start + filled < end; filled *= 2) {
      this.#bytes.copyWithin(start + filled, start, Math.min(start + filled, end - filled));
    }
    this.#at = end;
  }
}
