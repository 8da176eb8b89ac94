import { IsothermError } from './isotherm-error.ts';

/** A failure to listen as one clear sentence: which port, for what, and what to do. */
export function listenError(
  cause: unknown,
  purpose: string,
  at: { readonly host: string; readonly port: number },
): IsothermError {
  const code = (cause as NodeJS.ErrnoException | undefined)?.code;
  const where = `${at.host}:${at.port}`;
  if (code === 'EADDRINUSE') {
    return new IsothermError({
      code: 'FAILED_PRECONDITION',
      id: 'PORT_IN_USE',
      message: `Port ${where} for ${purpose} is in use by another program.`,
      advice: 'Stop that program or choose another port.',
      cause,
    });
  }
  if (code === 'EACCES') {
    return new IsothermError({
      code: 'FAILED_PRECONDITION',
      id: 'PORT_FORBIDDEN',
      message: `Port ${where} for ${purpose} needs rights this user does not have.`,
      advice: 'Choose a port above 1023.',
      cause,
    });
  }
  return new IsothermError({
    code: 'FAILED_PRECONDITION',
    id: 'LISTEN_FAILED',
    message: `Cannot listen on ${where} for ${purpose}: ${cause instanceof Error ? cause.message : String(cause)}.`,
    advice: 'Choose an address of this machine.',
    cause,
  });
}
