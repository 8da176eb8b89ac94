import type { ColumnsInput } from './columns-input.ts';
import { sizeOfColumns, writeColumns } from './columns-writer.ts';
import { createWriter, sizeOfPayload, sizeOfVarint } from './wire-writer.ts';

/** A batch of a stream, to be sent. */
export interface StreamBatchInput {
  /** Rises by one a batch, from 1. */
  readonly sequence: number;
  /** When the batch was made, whole milliseconds since the epoch, from 0. */
  readonly createdUnixMs: number;
  readonly columns: ColumnsInput;
}

/** Encodes an IngestStreamRequest that holds a batch, straight from typed arrays. The bytes are the caller's. */
export function encodeStreamBatch(batch: StreamBatchInput): Uint8Array {
  const columnsBytes = sizeOfColumns(batch.columns);
  const seconds = Math.floor(batch.createdUnixMs / 1000);
  const nanos = (batch.createdUnixMs - seconds * 1000) * 1e6;
  const timeBytes = 1 + sizeOfVarint(seconds) + 1 + sizeOfVarint(nanos);
  const batchBytes = 1 + sizeOfVarint(batch.sequence) + 1 + sizeOfPayload(timeBytes) + 1 + sizeOfPayload(columnsBytes);
  const writer = createWriter(1 + sizeOfPayload(batchBytes));
  writer.tag(0x12);
  writer.varint(batchBytes);
  writer.tag(0x08);
  writer.varint(batch.sequence);
  writer.tag(0x12);
  writer.varint(timeBytes);
  writer.tag(0x08);
  writer.varint(seconds);
  writer.tag(0x10);
  writer.varint(nanos);
  writer.tag(0x1a);
  writer.varint(columnsBytes);
  writeColumns(writer, batch.columns);
  return writer.bytes;
}
