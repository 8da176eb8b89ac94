import type { DescMessage, MessageShape } from '@bufbuild/protobuf';
import { pathToString } from '@bufbuild/protobuf/reflect';
import { createValidator } from '@bufbuild/protovalidate';
import { IsothermError } from '@isotherm/service-kit';

const validator = createValidator();

/** The message if it keeps the rules of its schema. @throws INVALID_ARGUMENT that names every field and its rule. */
export function validated<Schema extends DescMessage>(
  schema: Schema,
  message: MessageShape<Schema>,
): MessageShape<Schema> {
  const result = validator.validate(schema, message);
  if (result.kind === 'valid') return message;
  if (result.kind === 'error') throw result.error;
  throw invalidRequest(
    result.violations.map(({ field, message: description }) => ({ field: pathToString(field), description })),
    result.error,
  );
}

/** INVALID_ARGUMENT over given fields. */
export function invalidRequest(
  violations: readonly { readonly field: string; readonly description: string }[],
  cause?: unknown,
): IsothermError {
  const reasons = violations.map(({ field, description }) => `${field}: ${description}`);
  return new IsothermError({
    code: 'INVALID_ARGUMENT',
    id: 'REQUEST_INVALID',
    message: `The request is not valid: ${reasons.join('; ')}.`,
    violations,
    cause,
  });
}
