import { create, type DescMessage, type MessageInitShape } from '@bufbuild/protobuf';
import { anyUnpack } from '@bufbuild/protobuf/wkt';
import { type Code as ConnectCode, ConnectError } from '@connectrpc/connect';
import { BadRequestSchema, ErrorInfoSchema, RetryInfoSchema } from '@isotherm/contracts/google/rpc/error_details';
import { asIsothermError, codeNumber, messageOf, retryHeaders, toStatus } from './error-details.ts';

const DETAIL_SCHEMAS = [ErrorInfoSchema, RetryInfoSchema, BadRequestSchema] as const;

/** The error as Connect wants it. A ConnectError passes through. */
export function toConnectError(thrown: unknown): ConnectError {
  if (thrown instanceof ConnectError) return thrown;
  const error = asIsothermError(thrown);
  const details: { desc: DescMessage; value: MessageInitShape<DescMessage> }[] = [];
  for (const any of toStatus(error).details) {
    for (const desc of DETAIL_SCHEMAS) {
      const value = anyUnpack(any, desc);
      if (value !== undefined) details.push({ desc, value: create(desc as DescMessage, value) });
    }
  }
  const code = codeNumber(error.code) as ConnectCode;
  return new ConnectError(messageOf(error), code, retryHeaders(error), details, error);
}
