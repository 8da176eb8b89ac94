import { Metadata, type StatusObject } from '@grpc/grpc-js';
import { asIsothermError, codeNumber, messageOf, statusBytes } from './error-details.ts';

/** The error as grpc-js wants it in a callback or an `error` event, with its details in the trailer. */
export function toGrpcError(thrown: unknown): Error & StatusObject {
  const error = asIsothermError(thrown);
  const metadata = new Metadata();
  metadata.set('grpc-status-details-bin', Buffer.from(statusBytes(error)));
  const details = messageOf(error);
  return Object.assign(new Error(details, { cause: error }), { code: codeNumber(error.code), details, metadata });
}
