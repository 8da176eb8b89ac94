import type { CityChangeRecord, ResultSettings, SettingsRecord, TickRecord } from './log-record.ts';
import { HEADER_BYTES, sealRecord, writeHeader } from './record-header.ts';

const FORMULAS = ['NWS', 'ROTHFUSZ'] as const satisfies readonly ResultSettings['formula'][];
/** Formula u32, cities u32, out of orderness f64, lateness f64, risk levels 4 × f64. */
const SETTINGS_BYTES = HEADER_BYTES + 8 + 6 * 8;

/** A tick: time passed without observations. */
export function encodeTick(record: Omit<TickRecord, 'kind'>): Uint8Array {
  const bytes = new Uint8Array(HEADER_BYTES);
  writeHeader(bytes, { kind: 'tick', stampMs: record.stampMs, flags: 0 });
  sealRecord(bytes);
  return bytes;
}

/** Settings, from this record on. */
export function encodeSettings(record: Omit<SettingsRecord, 'kind'>): Uint8Array {
  const { settings } = record;
  const bytes = new Uint8Array(SETTINGS_BYTES);
  writeHeader(bytes, { kind: 'settings', stampMs: record.stampMs, flags: 0 });
  const view = new DataView(bytes.buffer);
  view.setUint32(HEADER_BYTES, FORMULAS.indexOf(settings.formula), true);
  view.setUint32(HEADER_BYTES + 4, settings.maxCitiesPerPartition, true);
  const numbers = [settings.outOfOrdernessMs, settings.allowedLatenessMs, ...settings.riskCelsius];
  numbers.forEach((number, index) => {
    view.setFloat64(HEADER_BYTES + 8 + 8 * index, number, true);
  });
  sealRecord(bytes);
  return bytes;
}

/** A change of a city: removal 0 or upsert 1, length of the id, the id, the rest is the city. */
export function encodeCityChange(record: Omit<CityChangeRecord, 'kind'>): Uint8Array {
  const id = Buffer.from(record.cityId, 'utf8');
  const bytes = new Uint8Array(HEADER_BYTES + 8 + id.byteLength + record.city.byteLength);
  writeHeader(bytes, { kind: 'cityChange', stampMs: record.stampMs, flags: 0 });
  const view = new DataView(bytes.buffer);
  view.setUint32(HEADER_BYTES, record.change === 'removed' ? 0 : 1, true);
  view.setUint32(HEADER_BYTES + 4, id.byteLength, true);
  bytes.set(id, HEADER_BYTES + 8);
  bytes.set(record.city, HEADER_BYTES + 8 + id.byteLength);
  sealRecord(bytes);
  return bytes;
}

/** Formula of a code; undefined for a code that is none. */
export function formulaOf(code: number): ResultSettings['formula'] | undefined {
  return FORMULAS[code];
}
