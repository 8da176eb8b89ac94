import { request } from 'node:http';
import { controlSocketPath } from '../../control/control-socket-path.ts';
import type { LedgerReport, WorkersReport } from '../../control/worker-report.ts';
import { CliError } from '../cli-error.ts';

/** Talks to the platform of a data directory on this machine. */
export interface ControlClient {
  workers(): Promise<WorkersReport>;
  /** The ledger; undefined while a worker of the platform is away. */
  ledger(): Promise<LedgerReport | undefined>;
  /** Kills a worker. @throws CliError with the platform's reason if it may or can not */
  kill(name: string): Promise<WorkersReport>;
}

/** Creates a client; each call connects anew. @param dataDirectory as `start` was given it */
export function createControlClient(dataDirectory: string): ControlClient {
  const socketPath = controlSocketPath(dataDirectory);
  const call = async <Answer>(method: 'GET' | 'POST', path: string): Promise<Answer> => {
    const { status, body } = await exchange({ socketPath, method, path }).catch((cause: NodeJS.ErrnoException) => {
      throw unreachable(dataDirectory, cause);
    });
    if (status === 200) return JSON.parse(body) as Answer;
    const { message, advice } = JSON.parse(body) as { readonly message: string; readonly advice: string };
    throw new CliError(`${message} ${advice}`.trim(), { cause: status });
  };
  return {
    workers: () => call('GET', '/v1/workers'),
    kill: (name) => call('POST', `/v1/workers/${name}/kill`),
    async ledger() {
      try {
        return await call('GET', '/v1/ledger');
      } catch (error) {
        if (error instanceof CliError && error.cause === 503) return undefined;
        throw error;
      }
    },
  };
}

function exchange(options: {
  readonly socketPath: string;
  readonly method: string;
  readonly path: string;
}): Promise<{ readonly status: number; readonly body: string }> {
  return new Promise((resolve, reject) => {
    const sent = request({ ...options, agent: false, timeout: 10_000 }, (response) => {
      let body = '';
      response.setEncoding('utf8').on('data', (text: string) => {
        body += text;
      });
      response.on('end', () => resolve({ status: response.statusCode ?? 0, body }));
      response.on('error', reject);
    });
    sent.on('timeout', () => sent.destroy(new Error('no answer within 10 s')));
    sent.on('error', reject);
    sent.end();
  });
}

function unreachable(dataDirectory: string, cause: NodeJS.ErrnoException): CliError {
  switch (cause.code) {
    case 'ENOENT':
    case 'ECONNREFUSED':
      return new CliError(
        `No platform runs on the data directory ${dataDirectory}. Start one with \`isotherm start --chaos\`, or name another directory with --data.`,
        { cause },
      );
    case 'EACCES':
      return new CliError(`The platform on ${dataDirectory} belongs to another user, who alone may do this.`, {
        cause,
      });
    default:
      return new CliError(`The platform on ${dataDirectory} does not answer: ${cause.message}.`, { cause });
  }
}
