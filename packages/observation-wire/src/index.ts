export type { ColumnInput, ColumnsInput } from './columns-input.ts';
export { encodeColumns } from './columns-writer.ts';
export type { DecodedColumn, DecodedColumns } from './decoded-columns.ts';
export { encodeStreamBatch, type StreamBatchInput } from './encode-stream-batch.ts';
export {
  createIngestRequestDecoder,
  type DecodedIngestRequest,
  type IngestRequestDecoder,
} from './ingest-request-decoder.ts';
export { columnsOfRows, rowOfColumns, rowsOfColumns, valueAt } from './observation-rows.ts';
export { type ScannedStreamBatch, scanStreamBatch } from './scan-stream-batch.ts';
export {
  createStreamRequestDecoder,
  type DecodedStreamBatch,
  type DecodedStreamRequest,
  type StreamRequestDecoder,
} from './stream-request-decoder.ts';
export { WireError, type WireProblem } from './wire-error.ts';
export { resolveWireLimits, type WireLimits } from './wire-limits.ts';
