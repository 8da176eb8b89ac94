import { IsothermError } from '@isotherm/service-kit';

/** A request that breaks a rule: the field, and value, rule and remedy in one sentence. */
export function invalidRequest(field: string, description: string): IsothermError {
  return new IsothermError({
    code: 'INVALID_ARGUMENT',
    id: 'INVALID_REQUEST',
    message: `${field}: ${description}`,
    violations: [{ field, description }],
  });
}
