import { fromBinary } from '@bufbuild/protobuf';
import { type IngestStreamRequest, IngestStreamRequestSchema } from '@isotherm/contracts/ingest/v1/ingest_service';
import { WireError } from './wire-error.ts';

/** Decodes a message of a stream by the generated codec. @throws WireError */
export function decodeStreamRequest(bytes: Uint8Array): IngestStreamRequest {
  try {
    return fromBinary(IngestStreamRequestSchema, bytes);
  } catch (cause) {
    throw new WireError('malformed', 'the message is no isotherm.ingest.v1.IngestStreamRequest', cause);
  }
}
