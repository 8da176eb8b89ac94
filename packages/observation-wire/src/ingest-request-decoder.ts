import { fromBinary } from '@bufbuild/protobuf';
import {
  type BatchIdentity,
  type IngestRequest,
  IngestRequestSchema,
} from '@isotherm/contracts/ingest/v1/ingest_service';
import type { Observation } from '@isotherm/contracts/ingest/v1/observation';
import { createColumnsDecoder } from './columns-decoder.ts';
import { columnsOfMessage } from './columns-of-message.ts';
import type { DecodedColumns } from './decoded-columns.ts';
import { readLength, readVarint, UNUSUAL, type WireCursor } from './wire-cursor.ts';
import { WireError } from './wire-error.ts';
import { checkMessageBytes, checkRows, resolveWireLimits, type WireLimits } from './wire-limits.ts';

/** isotherm.ingest.v1.IngestRequest. */
export interface DecodedIngestRequest {
  readonly batch: BatchIdentity | undefined;
  readonly rows: readonly Observation[];
  readonly columns: DecodedColumns | undefined;
}

/** Decodes unary requests, one at a time. */
export interface IngestRequestDecoder {
  /** Decodes a request; its columns are valid until the next call. @throws WireError */
  decode(bytes: Uint8Array): DecodedIngestRequest;
}

/** Creates a decoder with memory of its own. */
export function createIngestRequestDecoder(options: Partial<WireLimits> = {}): IngestRequestDecoder {
  const limits = resolveWireLimits(options);
  const columnsDecoder = createColumnsDecoder(limits);
  return {
    decode(bytes) {
      checkMessageBytes(bytes, limits);
      const buffer = Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
      const found = surveyed(buffer, limits);
      if (found !== undefined) {
        const columns = decodedColumns(() => columnsDecoder.decode(buffer, found.columnsStart, found.columnsEnd));
        if (columns !== undefined) {
          const rest = Buffer.concat([buffer.subarray(0, found.fieldStart), buffer.subarray(found.columnsEnd)]);
          const { batch, observations } = decodeGenerated(rest);
          return { batch, rows: observations, columns };
        }
      }
      const { batch, observations, columns } = decodeGenerated(bytes);
      checkRows(observations.length, limits);
      return {
        batch,
        rows: observations,
        columns: columns === undefined ? undefined : columnsOfMessage(columns, limits),
      };
    },
  };
}

function decodedColumns(decode: () => DecodedColumns): DecodedColumns | undefined {
  try {
    return decode();
  } catch (thrown) {
    if (thrown === UNUSUAL) return undefined;
    throw thrown;
  }
}

interface FoundColumns {
  readonly fieldStart: number;
  readonly columnsStart: number;
  readonly columnsEnd: number;
}

/** Counts the rows before any is allocated and finds the columns, if they are there once. */
function surveyed(bytes: Buffer, limits: WireLimits): FoundColumns | undefined {
  const cursor: WireCursor = { position: 0, end: bytes.byteLength };
  let rows = 0;
  let found: FoundColumns | undefined;
  let unusual = false;
  try {
    while (cursor.position < cursor.end) {
      const fieldStart = cursor.position;
      const tag = readVarint(bytes, cursor);
      const length = lengthOfField(tag, bytes, cursor);
      const columnsStart = cursor.position;
      cursor.position += length;
      if (tag === 0x12) {
        rows += 1;
        checkRows(rows, limits);
      } else if (tag === 0x1a) {
        unusual ||= found !== undefined;
        found = { fieldStart, columnsStart, columnsEnd: cursor.position };
      }
    }
  } catch (thrown) {
    if (thrown !== UNUSUAL) throw thrown;
    return undefined;
  }
  return unusual ? undefined : found;
}

function lengthOfField(tag: number, bytes: Buffer, cursor: WireCursor): number {
  switch (tag & 7) {
    case 0:
      readVarint(bytes, cursor);
      return 0;
    case 1:
      return 8;
    case 2:
      return readLength(bytes, cursor);
    case 5:
      return 4;
    default:
      throw UNUSUAL;
  }
}

function decodeGenerated(bytes: Uint8Array): IngestRequest {
  try {
    return fromBinary(IngestRequestSchema, bytes);
  } catch (cause) {
    throw new WireError('malformed', 'the message is no isotherm.ingest.v1.IngestRequest', cause);
  }
}
