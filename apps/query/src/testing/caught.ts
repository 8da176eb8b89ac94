import { type ConnectError, ConnectError as ConnectErrorClass } from '@connectrpc/connect';
import { BadRequestSchema, ErrorInfoSchema, RetryInfoSchema } from '@isotherm/contracts/google/rpc/error_details';

/** What a failed call told its caller. */
export interface Told {
  readonly error: ConnectError;
  readonly code: number;
  readonly reason: string | undefined;
  readonly metadata: Readonly<Record<string, string>>;
  readonly fields: readonly string[];
  readonly retries: boolean;
}

/** The error of a call that has to fail. */
export async function caught(call: Promise<unknown>): Promise<Told> {
  try {
    await call;
  } catch (thrown) {
    const error = ConnectErrorClass.from(thrown);
    const [info] = error.findDetails(ErrorInfoSchema);
    const violations = error.findDetails(BadRequestSchema).flatMap(({ fieldViolations }) => fieldViolations);
    return {
      error,
      code: error.code,
      reason: info?.reason,
      metadata: info?.metadata ?? {},
      fields: violations.map(({ field }) => field),
      retries: error.findDetails(RetryInfoSchema).length > 0,
    };
  }
  throw new Error('The call succeeded, though it should have failed');
}
