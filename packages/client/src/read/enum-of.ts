import type { DescEnum } from '@bufbuild/protobuf';
import { enumNumber, notAWord } from '@isotherm/enum-words';
import { IsothermClientError } from '../errors/client-error.ts';

/** The value that a name means, in any case. @throws IsothermClientError REQUEST_INVALID for a name that means none */
export function enumOf(desc: DescEnum, field: string, name: string): number {
  const number = enumNumber(desc, String(name));
  if (number !== undefined) return number;
  throw invalidRequest(field, notAWord(desc, String(name)));
}

/** A request that is not sent, because the platform would refuse it or take it for another one. */
export function invalidRequest(field: string, description: string): IsothermClientError {
  return new IsothermClientError({
    code: 'INVALID_ARGUMENT',
    id: 'REQUEST_INVALID',
    message: `The request is not valid: ${field}: ${description}.`,
    violations: [{ field, description }],
  });
}
