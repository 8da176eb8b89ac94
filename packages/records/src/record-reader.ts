import { readCityChange } from './control-reader.ts';
import type { LogRecord } from './log-record.ts';
import { readObservations } from './observations-reader.ts';
import { readHeader } from './record-header.ts';

/** Decodes records, one at a time. */
export interface RecordReader {
  /**
   * Checks and decodes a record. What it returns refers to memory of the reader that the next call uses again, never
   * to `bytes`. Every reference in it (city, sensor, producer, slice) has been checked to point at something.
   * @throws RecordFormatError if the bytes are no valid record; the reader can be used on.
   */
  decode(bytes: Uint8Array): LogRecord;
}

/** Options of {@link createRecordReader}. */
export interface RecordReaderOptions {
  /** Memory at the start; it grows to the largest record seen. Default 64 KiB. */
  readonly initialBytes?: number;
}

/** Creates a reader with memory of its own. */
export function createRecordReader(options: RecordReaderOptions = {}): RecordReader {
  let scratch = Buffer.from(new ArrayBuffer(options.initialBytes ?? 65_536));
  return {
    decode(bytes) {
      const header = readHeader(bytes);
      if (bytes.byteLength > scratch.byteLength) {
        scratch = Buffer.from(new ArrayBuffer(2 ** Math.ceil(Math.log2(bytes.byteLength))));
      }
      scratch.set(bytes, 0);
      const body = scratch.subarray(0, bytes.byteLength);
      switch (header.kind) {
        case 'observations':
          return readObservations(body, header);
        case 'tick':
          return { kind: 'tick' };
        case 'cityChange':
          return readCityChange(body);
      }
    },
  };
}
