import type { IngestStreamRequest } from '@isotherm/contracts/ingest/v1/ingest_service';
import { createColumnsDecoder } from './columns-decoder.ts';
import { columnsOfMessage } from './columns-of-message.ts';
import { decodeStreamRequest } from './decode-stream-request.ts';
import { ABSENT_COLUMN, type DecodedColumns } from './decoded-columns.ts';
import { readLength, readTimestampMs, readVarint, UNUSUAL, type WireCursor } from './wire-cursor.ts';
import { checkMessageBytes, resolveWireLimits, type WireLimits } from './wire-limits.ts';

/** isotherm.ingest.v1.IngestStreamRequest. */
export type DecodedStreamRequest =
  | {
      readonly kind: 'start';
      readonly producerId: string;
      readonly session: bigint;
      readonly returnTokens: boolean;
    }
  | DecodedStreamBatch
  | { readonly kind: 'empty' };

/** isotherm.ingest.v1.StreamBatch. */
export interface DecodedStreamBatch {
  readonly kind: 'batch';
  /** Not exact beyond 2⁵³ − 1. */
  readonly sequence: number;
  /** Milliseconds since the epoch; 0 where the message has no time. Not exact beyond 2⁵³ − 1. */
  readonly createdUnixMs: number;
  readonly columns: DecodedColumns;
}

/** Decodes messages of a stream, one at a time. */
export interface StreamRequestDecoder {
  /**
   * Decodes a message; the arrays of a batch are valid until the next call. Accepts whatever the generated codec
   * accepts, and reads it the same way.
   * @throws WireError
   */
  decode(bytes: Uint8Array): DecodedStreamRequest;
}

const NO_COLUMNS: DecodedColumns = {
  cities: [],
  cityIndex: new Uint32Array(),
  baseMs: 0,
  observedOffsetMs: new Uint32Array(),
  temperature: ABSENT_COLUMN,
  humidity: ABSENT_COLUMN,
  wind: ABSENT_COLUMN,
  sensors: [],
  sensorIndex: new Uint32Array(),
};

/** Creates a decoder with memory of its own; one serves any number of streams. */
export function createStreamRequestDecoder(options: Partial<WireLimits> = {}): StreamRequestDecoder {
  const limits = resolveWireLimits(options);
  const columnsDecoder = createColumnsDecoder(limits);

  function decodeBatch(bytes: Buffer): DecodedStreamBatch {
    const cursor: WireCursor = { position: 1, end: bytes.byteLength };
    if (bytes[0] !== 0x12 || readLength(bytes, cursor) !== bytes.byteLength - cursor.position) throw UNUSUAL;
    let sequence = 0;
    let createdUnixMs: number | undefined;
    let columns: DecodedColumns | undefined;
    while (cursor.position < cursor.end) {
      const tag = bytes[cursor.position]!;
      cursor.position += 1;
      if (tag === 0x08) {
        sequence = readVarint(bytes, cursor);
      } else if (tag === 0x12 && createdUnixMs === undefined) {
        createdUnixMs = readTimestampMs(bytes, cursor);
      } else if (tag === 0x1a && columns === undefined) {
        const length = readLength(bytes, cursor);
        cursor.position += length;
        columns = columnsDecoder.decode(bytes, cursor.position - length, cursor.position);
      } else {
        throw UNUSUAL;
      }
    }
    return { kind: 'batch', sequence, createdUnixMs: createdUnixMs ?? 0, columns: columns ?? NO_COLUMNS };
  }

  return {
    decode(bytes) {
      checkMessageBytes(bytes, limits);
      const buffer = Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
      try {
        return decodeBatch(buffer);
      } catch (thrown) {
        if (thrown !== UNUSUAL) throw thrown;
      }
      return requestOfMessage(decodeStreamRequest(bytes), limits);
    },
  };
}

function requestOfMessage({ message }: IngestStreamRequest, limits: WireLimits): DecodedStreamRequest {
  switch (message.case) {
    case 'start': {
      const { producerId, session, returnTokens } = message.value;
      return { kind: 'start', producerId, session, returnTokens };
    }
    case 'batch': {
      const { sequence, createTime, columns } = message.value;
      return {
        kind: 'batch',
        sequence: Number(sequence),
        createdUnixMs:
          createTime === undefined ? 0 : Number(createTime.seconds) * 1000 + Math.floor(createTime.nanos / 1e6),
        columns: columns === undefined ? NO_COLUMNS : columnsOfMessage(columns, limits),
      };
    }
    case undefined:
      return { kind: 'empty' };
  }
}
