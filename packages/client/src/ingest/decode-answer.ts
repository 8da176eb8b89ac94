import { type DescMessage, fromBinary, type MessageShape } from '@bufbuild/protobuf';
import { IsothermClientError } from '../errors/client-error.ts';

/** An answer of ingest. @throws IsothermClientError ANSWER_MALFORMED if the bytes are no such message. */
export function decodeAnswer<Desc extends DescMessage>(schema: Desc, bytes: Uint8Array): MessageShape<Desc> {
  try {
    return fromBinary(schema, bytes);
  } catch (cause) {
    throw answerMalformed(`is no ${schema.typeName}`, cause);
  }
}

/** An answer that makes no sense: whether the batch is kept is not known. Something else than the platform may answer there. */
export function answerMalformed(problem: string, cause?: unknown): IsothermClientError {
  return new IsothermClientError({
    code: 'INTERNAL',
    id: 'ANSWER_MALFORMED',
    message: `An answer of ingest ${problem}; whether the batch is kept is not known. Check that ingestUrl leads to an Isotherm of this version.`,
    cause,
  });
}
