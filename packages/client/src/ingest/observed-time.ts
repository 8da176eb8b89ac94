import { IsothermClientError } from '../errors/client-error.ts';
import type { Observation } from './observation.ts';

/** Time of an observation in whole milliseconds. @throws IsothermClientError INVALID_ARGUMENT if it is none. */
export function observedMs(observation: Observation, row: number): number {
  const { observeTime } = observation;
  const timeMs =
    observeTime instanceof Date || typeof observeTime === 'number' ? Math.floor(Number(observeTime)) : Number.NaN;
  if (Math.abs(timeMs) <= MAX_TIME_MS) return timeMs;
  throw invalidObservation(
    `observations[${row}].observe_time`,
    `Observation ${row} has no valid observeTime; give a Date or milliseconds.`,
  );
}

/** What a Date can say. */
const MAX_TIME_MS = 8.64e15;

/** An observation that cannot even be written down. */
export function invalidObservation(field: string, message: string): IsothermClientError {
  return new IsothermClientError({
    code: 'INVALID_ARGUMENT',
    id: 'OBSERVATION_INVALID',
    message,
    violations: [{ field, description: message }],
  });
}
