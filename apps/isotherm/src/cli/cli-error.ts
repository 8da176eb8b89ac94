import { IsothermClientError } from '@isotherm/client';
import { tlsTrouble } from './tls-trouble.ts';

/** A failure that its user can mend: one sentence that says how. Shown without a stack. */
export class CliError extends Error {
  override readonly name = 'CliError';
  readonly exitCode: number;

  constructor(message: string, options: { readonly exitCode?: number; readonly cause?: unknown } = {}) {
    super(message, { cause: options.cause });
    this.exitCode = options.exitCode ?? 1;
  }
}

/** What the user is told of anything thrown. */
export function explain(thrown: unknown): { readonly message: string; readonly exitCode: number } {
  if (thrown instanceof CliError) return { message: thrown.message, exitCode: thrown.exitCode };
  if (thrown instanceof IsothermClientError) return { message: explainClientError(thrown), exitCode: 1 };
  if (isPlatformError(thrown)) return { message: `${thrown.message} ${thrown.advice}`.trim(), exitCode: 1 };
  if (thrown instanceof Error && thrown.name === 'AbortError') return { message: 'Interrupted.', exitCode: 130 };
  const message = thrown instanceof Error ? thrown.message : String(thrown);
  return { message: `Something failed that should not: ${message}`, exitCode: 1 };
}

/** Whether it is the platform's own IsothermError, told by its shape: commands that only read do not load the platform. */
function isPlatformError(thrown: unknown): thrown is Error & { readonly advice: string } {
  return thrown instanceof Error && thrown.name === 'IsothermError' && 'advice' in thrown;
}

/** Codes of failures in which no platform has said a word. */
const CONNECTING: readonly string[] = ['UNAVAILABLE', 'UNKNOWN', 'INTERNAL', 'ABORTED'];

function explainClientError(error: IsothermClientError): string {
  const trouble = CONNECTING.includes(error.code) ? tlsTrouble(error.message) : undefined;
  if (trouble !== undefined) return trouble;
  switch (error.id) {
    case 'UNREACHABLE': {
      const [where = 'Nothing answers'] = /^Nothing answers at \S+(?=:)/.exec(error.message) ?? [];
      return `${where}. Start the platform with \`npm start\`, or name another one (--api, --target).`;
    }
    case 'DEADLINE_EXCEEDED':
      return 'The platform did not answer in time; `isotherm status` shows whether it lags.';
    default:
      return error.message;
  }
}
