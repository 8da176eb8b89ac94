import { create, type MessageInitShape, toBinary } from '@bufbuild/protobuf';
import {
  type BatchAckSchema,
  IngestResponseSchema,
  IngestStreamResponseSchema,
} from '@isotherm/contracts/ingest/v1/ingest_service';
import { toStatus } from '@isotherm/service-kit';
import type { BatchResult } from '../staging/staged-group.ts';

type Kept = Extract<BatchResult, { kind: 'kept' }>;

/** Encodes the answer to a unary call. `incarnation` is the log's. */
export function encodeIngestResponse(result: Kept, incarnation: string): Buffer {
  return buffer(toBinary(IngestResponseSchema, create(IngestResponseSchema, { ack: ack(result, incarnation) })));
}

/** Encodes the answer to a batch of a stream; without `incarnation` it carries no read token. */
export function encodeStreamAck(sequence: number, result: Kept, incarnation: string | undefined): Buffer {
  const value = ack(result, incarnation);
  return buffer(
    toBinary(
      IngestStreamResponseSchema,
      create(IngestStreamResponseSchema, { sequence: wire(sequence), result: { case: 'ack', value } }),
    ),
  );
}

/** Encodes the refusal of a batch of a stream. */
export function encodeStreamError(sequence: number, error: unknown): Buffer {
  const value = toStatus(error);
  return buffer(
    toBinary(
      IngestStreamResponseSchema,
      create(IngestStreamResponseSchema, { sequence: wire(sequence), result: { case: 'error', value } }),
    ),
  );
}

function ack(result: Kept, incarnation: string | undefined): MessageInitShape<typeof BatchAckSchema> {
  const { accepted, rejected, late, duplicate, rejections } = result;
  const message = { accepted, rejected, late, duplicate, rejections: [...rejections] };
  if (incarnation === undefined) return message;
  const positions = [...result.positions()];
  return {
    ...message,
    readToken: {
      incarnation,
      partitions: positions.map(([partition]) => partition),
      offsets: positions.map(([, offset]) => BigInt(offset)),
    },
  };
}

function wire(sequence: number): bigint {
  return BigInt.asUintN(64, BigInt(sequence));
}

function buffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
