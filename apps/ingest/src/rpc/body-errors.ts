import { IsothermError } from '@isotherm/service-kit';

const RETRY_MS = 1_000;

/** Too many unary calls of a connection whose bodies are not there yet. */
export function tooManyBodies(limit: number): IsothermError {
  return new IsothermError({
    code: 'RESOURCE_EXHAUSTED',
    id: 'CONNECTION_BODIES_EXCEEDED',
    message: `${limit} calls of this connection have sent their headers and not all of their body.`,
    advice: 'Send each body at once, or use IngestStream.',
    retryAfterMs: RETRY_MS,
    metadata: { limit: String(limit) },
  });
}

/** A unary call whose body does not come. */
export function bodyTooSlow(limitMs: number): IsothermError {
  return new IsothermError({
    code: 'DEADLINE_EXCEEDED',
    id: 'BODY_TOO_SLOW',
    message: `The body of the call was not there ${limitMs / 1000} s after its headers.`,
    advice: 'Send it at once, in smaller batches, or use IngestStream.',
    metadata: { limit_ms: String(limitMs) },
  });
}
