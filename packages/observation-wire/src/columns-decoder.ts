import { type ColumnMemory, createColumnMemory } from './column-memory.ts';
import { ABSENT_COLUMN, type DecodedColumn, type DecodedColumns } from './decoded-columns.ts';
import { readLength, readText, readVarint, UNUSUAL, type WireCursor } from './wire-cursor.ts';
import { checkRows, type WireLimits } from './wire-limits.ts';

/** Decodes ObservationColumns as a fast encoder writes them: every packed column once, in one piece. */
export interface ColumnsDecoder {
  /** The arrays are valid until the next call. Throws `UNUSUAL` where the generated codec has to decide. */
  decode(bytes: Buffer, start: number, end: number): DecodedColumns;
}

const NO_TEXTS: readonly string[] = Object.freeze([]);
const NO_ENTRIES = new Uint32Array();

/** Creates a decoder with memory of its own. */
export function createColumnsDecoder(limits: WireLimits): ColumnsDecoder {
  const cityMemory = createColumnMemory();
  const timeMemory = createColumnMemory();
  const sensorMemory = createColumnMemory();
  const temperature = createDecimalDecoder(limits);
  const humidity = createDecimalDecoder(limits);
  const wind = createDecimalDecoder(limits);
  return {
    decode(bytes, start, end) {
      const cursor: WireCursor = { position: start, end };
      let cities: string[] | undefined;
      let sensors: string[] | undefined;
      let cityIndex: Uint32Array | undefined;
      let observedOffsetMs: Uint32Array | undefined;
      let sensorIndex: Uint32Array | undefined;
      let baseMs = 0;
      let temperatureColumn: DecodedColumn | undefined;
      let humidityColumn: DecodedColumn | undefined;
      let windColumn: DecodedColumn | undefined;
      while (cursor.position < end) {
        const tag = bytes[cursor.position]!;
        cursor.position += 1;
        switch (tag) {
          case 0x0a:
            cities ??= [];
            cities.push(readText(bytes, cursor));
            break;
          case 0x12:
            cityIndex = readFixed32(bytes, cursor, cityIndex, cityMemory, limits);
            break;
          case 0x18:
            baseMs = readVarint(bytes, cursor);
            break;
          case 0x22:
            observedOffsetMs = readFixed32(bytes, cursor, observedOffsetMs, timeMemory, limits);
            break;
          case 0x2a:
            temperatureColumn = readDecimal(bytes, cursor, temperatureColumn, temperature);
            break;
          case 0x32:
            humidityColumn = readDecimal(bytes, cursor, humidityColumn, humidity);
            break;
          case 0x3a:
            windColumn = readDecimal(bytes, cursor, windColumn, wind);
            break;
          case 0x42:
            sensors ??= [];
            sensors.push(readText(bytes, cursor));
            break;
          case 0x4a:
            sensorIndex = readFixed32(bytes, cursor, sensorIndex, sensorMemory, limits);
            break;
          default:
            throw UNUSUAL;
        }
      }
      return {
        cities: cities ?? NO_TEXTS,
        cityIndex: cityIndex ?? NO_ENTRIES,
        baseMs,
        observedOffsetMs: observedOffsetMs ?? NO_ENTRIES,
        temperature: temperatureColumn ?? ABSENT_COLUMN,
        humidity: humidityColumn ?? ABSENT_COLUMN,
        wind: windColumn ?? ABSENT_COLUMN,
        sensors: sensors ?? NO_TEXTS,
        sensorIndex: sensorIndex ?? NO_ENTRIES,
      };
    },
  };
}

type DecimalDecoder = (bytes: Buffer, start: number, end: number) => DecodedColumn;

function createDecimalDecoder(limits: WireLimits): DecimalDecoder {
  const memory = createColumnMemory();
  const missingMemory = createColumnMemory();
  return (bytes, start, end) => {
    const cursor: WireCursor = { position: start, end };
    let scale = 0;
    let unscaled: Int32Array | undefined;
    let values: Float64Array | undefined;
    let missingRows: Uint32Array | undefined;
    while (cursor.position < end) {
      const tag = bytes[cursor.position]!;
      cursor.position += 1;
      switch (tag) {
        case 0x08:
          scale = readUint32(bytes, cursor);
          break;
        case 0x12: {
          const byteLength = readPacked(bytes, cursor, unscaled ?? values, 4, limits);
          unscaled = memory.int32(bytes, cursor.position - byteLength, byteLength);
          break;
        }
        case 0x1a: {
          const byteLength = readPacked(bytes, cursor, unscaled ?? values, 8, limits);
          values = memory.float64(bytes, cursor.position - byteLength, byteLength);
          break;
        }
        case 0x22:
          if (missingRows !== undefined) throw UNUSUAL;
          missingRows = readMissingRows(bytes, cursor, missingMemory, limits);
          break;
        default:
          throw UNUSUAL;
      }
    }
    return {
      scale,
      unscaled: unscaled ?? ABSENT_COLUMN.unscaled,
      values: values ?? ABSENT_COLUMN.values,
      missingRows: missingRows ?? ABSENT_COLUMN.missingRows,
    };
  };
}

function readFixed32(
  bytes: Buffer,
  cursor: WireCursor,
  earlier: Uint32Array | undefined,
  memory: ColumnMemory,
  limits: WireLimits,
): Uint32Array {
  const byteLength = readPacked(bytes, cursor, earlier, 4, limits);
  return memory.uint32(bytes, cursor.position - byteLength, byteLength);
}

/** Passes a packed field that has not come before; its bytes end at the cursor. */
function readPacked(
  bytes: Buffer,
  cursor: WireCursor,
  earlier: unknown,
  entryBytes: number,
  limits: WireLimits,
): number {
  if (earlier !== undefined) throw UNUSUAL;
  const byteLength = readLength(bytes, cursor);
  if (byteLength % entryBytes !== 0) throw UNUSUAL;
  checkRows(byteLength / entryBytes, limits);
  cursor.position += byteLength;
  return byteLength;
}

function readDecimal(
  bytes: Buffer,
  cursor: WireCursor,
  earlier: DecodedColumn | undefined,
  decode: DecimalDecoder,
): DecodedColumn {
  if (earlier !== undefined) throw UNUSUAL;
  const length = readLength(bytes, cursor);
  cursor.position += length;
  return decode(bytes, cursor.position - length, cursor.position);
}

function readMissingRows(bytes: Buffer, cursor: WireCursor, memory: ColumnMemory, limits: WireLimits): Uint32Array {
  const length = readLength(bytes, cursor);
  const packed: WireCursor = { position: cursor.position, end: cursor.position + length };
  cursor.position = packed.end;
  let count = 0;
  for (let at = packed.position; at < packed.end; at += 1) {
    if (bytes[at]! < 0x80) count += 1;
  }
  checkRows(count, limits);
  const rows = memory.entries(count);
  for (let index = 0; index < count; index += 1) rows[index] = readUint32(bytes, packed);
  if (packed.position !== packed.end) throw UNUSUAL;
  return rows;
}

function readUint32(bytes: Buffer, cursor: WireCursor): number {
  const value = readVarint(bytes, cursor);
  if (value > 0xffff_ffff) throw UNUSUAL;
  return value;
}
