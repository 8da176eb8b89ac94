/**
 * Why a message was not decoded:
 *
 * - `malformed`: it is no message of its type.
 * - `tooManyRows`: it holds more rows than allowed.
 * - `tooManyBytes`: it is longer than allowed.
 */
export type WireProblem = 'malformed' | 'tooManyRows' | 'tooManyBytes';

/** A message that was refused; nothing of it was kept. */
export class WireError extends Error {
  override readonly name = 'WireError';
  readonly problem: WireProblem;

  constructor(problem: WireProblem, message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.problem = problem;
  }
}
