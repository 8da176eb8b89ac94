import type { DescMessage, MessageShape } from '@bufbuild/protobuf';
import {
  isReflectList,
  isReflectMessage,
  type Path,
  pathToString,
  type ReflectMessage,
  reflect,
} from '@bufbuild/protobuf/reflect';
import { createValidator } from '@bufbuild/protovalidate';
import { IsothermError } from './isotherm-error.ts';

const validator = createValidator();

/** Longest value that an error repeats. */
const MAX_SHOWN = 100;

/**
 * The message if it keeps the rules of its schema. `names` are what the caller calls fields, where that is another name.
 *
 * @throws INVALID_ARGUMENT that names every field, its rule and the value found
 */
export function validated<Schema extends DescMessage>(
  schema: Schema,
  message: MessageShape<Schema>,
  names: Readonly<Record<string, string>> = {},
): MessageShape<Schema> {
  const result = validator.validate(schema, message);
  if (result.kind === 'valid') return message;
  if (result.kind === 'error') throw result.error;
  throw invalidRequest(
    result.violations.map(({ field, message: rule }) => {
      const path = pathToString(field);
      const found = valueText(reflect(schema, message), field);
      return { field: names[path] ?? path, description: found === undefined ? rule : `${rule}, not ${found}` };
    }),
    result.error,
  );
}

/** A value of a message as text; undefined for what is not there, or is no single value. */
function valueText(message: ReflectMessage, path: Path): string | undefined {
  let at: unknown = message;
  for (const step of path) {
    if (isReflectMessage(at) && step.kind === 'field') at = at.isSet(step) ? at.get(step) : undefined;
    else if (isReflectList(at) && step.kind === 'list_sub') at = at.get(step.index);
    else return undefined;
  }
  if (isReflectList(at)) return `${at.size}`;
  if (typeof at === 'string') return JSON.stringify(at.length > MAX_SHOWN ? `${at.slice(0, MAX_SHOWN)}…` : at);
  return typeof at === 'number' || typeof at === 'bigint' ? String(at) : undefined;
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
