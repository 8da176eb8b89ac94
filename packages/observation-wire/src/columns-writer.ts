import type { ColumnInput, ColumnsInput } from './columns-input.ts';
import { createWriter, sizeOfPayload, sizeOfVarint, type WireWriter } from './wire-writer.ts';

/** Encodes ObservationColumns. The bytes are the caller's. */
export function encodeColumns(columns: ColumnsInput): Uint8Array {
  const writer = createWriter(sizeOfColumns(columns));
  writeColumns(writer, columns);
  return writer.bytes;
}

/** Bytes of {@link writeColumns}. */
export function sizeOfColumns(columns: ColumnsInput): number {
  return (
    sizeOfTexts(columns.cities) +
    sizeOfPacked(columns.cityIndex) +
    1 +
    sizeOfVarint(columns.baseMs) +
    sizeOfPacked(columns.observedOffsetMs) +
    sizeOfField(columns.temperature) +
    sizeOfField(columns.humidity) +
    sizeOfField(columns.wind) +
    sizeOfTexts(columns.sensors) +
    sizeOfPacked(columns.sensorIndex)
  );
}

/** Writes the fields of ObservationColumns. */
export function writeColumns(writer: WireWriter, columns: ColumnsInput): void {
  writeTexts(writer, 0x0a, columns.cities);
  writePacked(writer, 0x12, columns.cityIndex);
  writer.tag(0x18);
  writer.varint(columns.baseMs);
  writePacked(writer, 0x22, columns.observedOffsetMs);
  writeField(writer, 0x2a, columns.temperature);
  writeField(writer, 0x32, columns.humidity);
  writeField(writer, 0x3a, columns.wind);
  writeTexts(writer, 0x42, columns.sensors);
  writePacked(writer, 0x4a, columns.sensorIndex);
}

function sizeOfTexts(texts: readonly string[] = []): number {
  let size = 0;
  for (const text of texts) size += 1 + sizeOfPayload(Buffer.byteLength(text, 'utf8'));
  return size;
}

function writeTexts(writer: WireWriter, tag: number, texts: readonly string[] = []): void {
  for (const text of texts) {
    writer.tag(tag);
    writer.text(text);
  }
}

type Entries = Uint32Array | Int32Array | Float64Array;

function sizeOfPacked(entries: Entries | undefined): number {
  return entries === undefined || entries.length === 0 ? 0 : 1 + sizeOfPayload(entries.byteLength);
}

function writePacked(writer: WireWriter, tag: number, entries: Entries | undefined): void {
  if (entries === undefined || entries.length === 0) return;
  writer.tag(tag);
  writer.packed(entries);
}

function sizeOfField(column: ColumnInput | undefined): number {
  return column === undefined ? 0 : 1 + sizeOfPayload(sizeOfColumn(column));
}

function writeField(writer: WireWriter, tag: number, column: ColumnInput | undefined): void {
  if (column === undefined) return;
  writer.tag(tag);
  writer.varint(sizeOfColumn(column));
  if ('values' in column) {
    writePacked(writer, 0x1a, column.values);
  } else {
    writer.tag(0x08);
    writer.varint(column.scale);
    writePacked(writer, 0x12, column.unscaled);
  }
  if (column.missingRows === undefined || column.missingRows.length === 0) return;
  writer.tag(0x22);
  writer.varint(sizeOfVarints(column.missingRows));
  for (const row of column.missingRows) writer.varint(row);
}

function sizeOfColumn(column: ColumnInput): number {
  const values =
    'values' in column ? sizeOfPacked(column.values) : 1 + sizeOfVarint(column.scale) + sizeOfPacked(column.unscaled);
  const missing = column.missingRows;
  return missing === undefined || missing.length === 0 ? values : values + 1 + sizeOfPayload(sizeOfVarints(missing));
}

function sizeOfVarints(values: Uint32Array): number {
  let size = 0;
  for (const value of values) size += sizeOfVarint(value);
  return size;
}
