import { fromBinary } from '@bufbuild/protobuf';
import {
  type BatchIdentity,
  BatchIdentitySchema,
  type IngestRequest,
  IngestRequestSchema,
} from '@isotherm/contracts/ingest/v1/ingest_service';
import { type Observation, ObservationSchema } from '@isotherm/contracts/ingest/v1/observation';
import { type ColumnsDecoder, createColumnsDecoder } from './columns-decoder.ts';
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
      const decoded = found === undefined ? undefined : decodeParts(buffer, found, columnsDecoder);
      if (decoded !== undefined) return decoded;
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

/**
 * Decodes each field within its own bounds; undefined where one does not keep to them. The generated codec lets a
 * nested field run over the end of its parent, so that it has to see such a message whole.
 */
function decodeParts(
  bytes: Buffer,
  { batch, rows, columns }: FoundFields,
  decoder: ColumnsDecoder,
): DecodedIngestRequest | undefined {
  try {
    return {
      batch: batch === undefined ? undefined : fromBinary(BatchIdentitySchema, bytes.subarray(batch.start, batch.end)),
      rows: rows.map(({ start, end }) => fromBinary(ObservationSchema, bytes.subarray(start, end))),
      columns: decoder.decode(bytes, columns.start, columns.end),
    };
  } catch (thrown) {
    if (thrown instanceof WireError) throw thrown;
    return undefined;
  }
}

/** Fields of IngestRequest: batch 1, observations 2, columns 3, each with its length before it. */
const LAST_KNOWN_FIELD = 3;
const LENGTH_DELIMITED = 2;

interface Bounds {
  readonly start: number;
  readonly end: number;
}

interface FoundFields {
  readonly batch: Bounds | undefined;
  readonly rows: readonly Bounds[];
  readonly columns: Bounds;
}

/** Counts the rows before any is allocated and finds the fields; undefined unless the columns are there, and all fields plain. */
function surveyed(bytes: Buffer, limits: WireLimits): FoundFields | undefined {
  const cursor: WireCursor = { position: 0, end: bytes.byteLength };
  const rows: Bounds[] = [];
  let batch: Bounds | undefined;
  let columns: Bounds | undefined;
  try {
    while (cursor.position < cursor.end) {
      const tag = readVarint(bytes, cursor);
      // The generated codec goes by a known field's number alone and reads it whatever its wire type says.
      if (tag >>> 3 <= LAST_KNOWN_FIELD && (tag & 7) !== LENGTH_DELIMITED) throw UNUSUAL;
      const length = lengthOfField(tag, bytes, cursor);
      const field: Bounds = { start: cursor.position, end: cursor.position + length };
      if (field.end > cursor.end || tag > 0xffff_ffff || tag < 8) throw UNUSUAL;
      cursor.position = field.end;
      if (tag === 0x0a) {
        if (batch !== undefined) throw UNUSUAL;
        batch = field;
      } else if (tag === 0x12) {
        rows.push(field);
        checkRows(rows.length, limits);
      } else if (tag === 0x1a) {
        if (columns !== undefined) throw UNUSUAL;
        columns = field;
      }
    }
  } catch (thrown) {
    if (thrown !== UNUSUAL) throw thrown;
    return undefined;
  }
  return columns === undefined ? undefined : { batch, rows, columns };
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
