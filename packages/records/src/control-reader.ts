import { formulaOf } from './encode-control.ts';
import type { CityChangeRecord, SettingsRecord } from './log-record.ts';
import { RecordFormatError } from './record-format-error.ts';
import { HEADER_BYTES, type RecordHeader } from './record-header.ts';

/** Reads the body of a settings record. */
export function readSettings(bytes: Buffer, header: RecordHeader): SettingsRecord {
  need(bytes, HEADER_BYTES + 56, 'settings');
  const code = bytes.readUInt32LE(HEADER_BYTES);
  const formula = formulaOf(code);
  if (formula === undefined) throw new RecordFormatError('version', `formula ${code} is unknown to this program`);
  const number = (index: number): number => {
    const value = bytes.readDoubleLE(HEADER_BYTES + 8 + 8 * index);
    if (!Number.isFinite(value)) throw new RecordFormatError('content', `setting ${index} is ${value}`);
    return value;
  };
  return {
    kind: 'settings',
    stampMs: header.stampMs,
    settings: {
      formula,
      maxCitiesPerPartition: bytes.readUInt32LE(HEADER_BYTES + 4),
      outOfOrdernessMs: number(0),
      allowedLatenessMs: number(1),
      riskCelsius: [number(2), number(3), number(4), number(5)],
    },
  };
}

/** Reads the body of a city change. Its bytes are the caller's. */
export function readCityChange(bytes: Buffer, header: RecordHeader): CityChangeRecord {
  need(bytes, HEADER_BYTES + 8, 'a city change');
  const code = bytes.readUInt32LE(HEADER_BYTES);
  if (code > 1) throw new RecordFormatError('version', `city change ${code} is unknown to this program`);
  const idEnd = HEADER_BYTES + 8 + bytes.readUInt32LE(HEADER_BYTES + 4);
  need(bytes, idEnd, 'a city change');
  return {
    kind: 'cityChange',
    stampMs: header.stampMs,
    cityId: bytes.toString('utf8', HEADER_BYTES + 8, idEnd),
    change: code === 0 ? 'removed' : 'upserted',
    city: new Uint8Array(bytes.subarray(idEnd)),
  };
}

function need(bytes: Buffer, count: number, what: string): void {
  if (bytes.byteLength < count) {
    throw new RecordFormatError('content', `${what} need ${count} bytes, the record has ${bytes.byteLength}`);
  }
}
