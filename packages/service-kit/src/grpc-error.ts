import { Metadata, type StatusObject } from '@grpc/grpc-js';
import { asIsothermError, codeNumber, messageOf, retryHeaders, statusBytes } from './error-details.ts';

/** The error as grpc-js wants it in a callback or an `error` event, with its details in the trailer. */
export function toGrpcError(thrown: unknown): Error & StatusObject {
  const error = asIsothermError(thrown);
  const metadata = new Metadata();
  metadata.set('grpc-status-details-bin', Buffer.from(statusBytes(error)));
  for (const [name, value] of Object.entries(retryHeaders(error))) metadata.set(name, value);
  const details = messageOf(error);
  return Object.assign(new Error(details, { cause: error }), { code: codeNumber(error.code), details, metadata });
}
