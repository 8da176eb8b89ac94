import { Code, ConnectError } from '@connectrpc/connect';

/** What went wrong and what to do, in a sentence for the reader. */
export function describeFailure(reason: unknown): string {
  const error = ConnectError.from(reason);
  switch (error.code) {
    case Code.Unavailable:
      return error.rawMessage.length > 0 ? error.rawMessage : 'The platform is not ready.';
    case Code.Unimplemented:
      return 'The platform behind this address is older than this page. Update it, then reload.';
    case Code.DeadlineExceeded:
      return 'The platform did not answer in time.';
    case Code.ResourceExhausted:
      return 'The platform is at its limit and asked to be left alone for a moment.';
    case Code.Canceled:
      return 'The platform fell silent.';
    case Code.Unknown:
      return 'The platform cannot be reached.';
    default:
      return error.rawMessage;
  }
}
