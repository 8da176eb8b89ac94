import type { CityChangeRecord } from './log-record.ts';
import { HEADER_BYTES, sealRecord, writeHeader } from './record-header.ts';

/** A tick: time passed without observations. */
export function encodeTick(): Uint8Array {
  const bytes = new Uint8Array(HEADER_BYTES);
  writeHeader(bytes, { kind: 'tick', flags: 0 });
  sealRecord(bytes);
  return bytes;
}

/** A change of a city: removal 0 or upsert 1, length of the id, the id, the rest is the city. */
export function encodeCityChange(record: Omit<CityChangeRecord, 'kind'>): Uint8Array {
  const id = Buffer.from(record.cityId, 'utf8');
  const bytes = new Uint8Array(HEADER_BYTES + 8 + id.byteLength + record.city.byteLength);
  writeHeader(bytes, { kind: 'cityChange', flags: 0 });
  const view = new DataView(bytes.buffer);
  view.setUint32(HEADER_BYTES, record.change === 'removed' ? 0 : 1, true);
  view.setUint32(HEADER_BYTES + 4, id.byteLength, true);
  bytes.set(id, HEADER_BYTES + 8);
  bytes.set(record.city, HEADER_BYTES + 8 + id.byteLength);
  sealRecord(bytes);
  return bytes;
}
