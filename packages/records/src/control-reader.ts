import type { CityChangeRecord } from './log-record.ts';
import { RecordFormatError } from './record-format-error.ts';
import { HEADER_BYTES } from './record-header.ts';

/** Reads the body of a city change. Its bytes are the caller's. */
export function readCityChange(bytes: Buffer): CityChangeRecord {
  need(bytes, HEADER_BYTES + 8);
  const code = bytes.readUInt32LE(HEADER_BYTES);
  if (code > 1) throw new RecordFormatError('version', `city change ${code} is unknown to this program`);
  const idEnd = HEADER_BYTES + 8 + bytes.readUInt32LE(HEADER_BYTES + 4);
  need(bytes, idEnd);
  return {
    kind: 'cityChange',
    cityId: bytes.toString('utf8', HEADER_BYTES + 8, idEnd),
    change: code === 0 ? 'removed' : 'upserted',
    city: new Uint8Array(bytes.subarray(idEnd)),
  };
}

function need(bytes: Buffer, count: number): void {
  if (bytes.byteLength < count) {
    throw new RecordFormatError('content', `a city change needs ${count} bytes, the record has ${bytes.byteLength}`);
  }
}
