import { chmod, rm } from 'node:fs/promises';
import { createServer, request } from 'node:http';
import { join } from 'node:path';
import { json } from 'node:stream/consumers';
import type { LogAppend, LogWriter } from '@isotherm/log';
import { fromPlainError, IsothermError, type PlainError, toPlainError } from '@isotherm/service-kit';
import { outcomeOf, type PlainOutcome, plainOutcome } from '../threads/log-writer-port.ts';

/** A record as it crosses the socket. */
interface SentAppend {
  readonly partition: number;
  /** Base64. */
  readonly bytes: string;
}

const LIMIT_MS = 10_000;

/** Where the writer of an embedded log takes records of other processes of this machine: in the log's directory. */
export function writerSocketPath(logDirectory: string): string {
  return join(logDirectory, 'writer.sock');
}

/**
 * Appends for other processes of this user on this machine: the owners of partitions, whose ticks the only writer of an
 * embedded log has to append.
 */
export async function serveLogWriterSocket(path: string, writer: LogWriter): Promise<{ close(): Promise<void> }> {
  const server = createServer((incoming, response) => {
    const answer = async () => {
      const sent = (await json(incoming)) as readonly SentAppend[];
      const group = sent.map(({ partition, bytes }): LogAppend => ({ partition, bytes: Buffer.from(bytes, 'base64') }));
      return (await writer.append(group)).map(plainOutcome);
    };
    answer().then(
      (outcomes) => response.writeHead(200).end(JSON.stringify(outcomes)),
      (error: unknown) => response.writeHead(500).end(JSON.stringify(toPlainError(error))),
    );
  });
  // Whoever holds the log's directory is this process: a socket that is there is of one that was killed.
  await rm(path, { force: true });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(path, resolve);
  });
  await chmod(path, 0o600);
  return {
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/** A writer at the other end of a socket. While nobody serves it, appends reject. */
export function connectLogWriterSocket(path: string): LogWriter {
  return {
    append: (group) =>
      new Promise((resolve, reject) => {
        const sent = group.map(
          ({ partition, bytes }): SentAppend => ({ partition, bytes: Buffer.from(bytes).toString('base64') }),
        );
        const call = request({ socketPath: path, method: 'POST', timeout: LIMIT_MS }, (response) => {
          json(response).then((body) => {
            if (response.statusCode === 200) resolve((body as PlainOutcome[]).map(outcomeOf));
            else reject(fromPlainError(body as PlainError));
          }, reject);
        });
        call.on('timeout', () => call.destroy(new Error('It did not answer in time.')));
        call.on('error', (cause) => reject(writerAway(path, cause)));
        call.end(JSON.stringify(sent));
      }),
  };
}

function writerAway(path: string, cause: Error): IsothermError {
  return new IsothermError({
    code: 'UNAVAILABLE',
    id: 'LOG_WRITER_AWAY',
    message: `Ingest, which writes the log, does not answer at ${path}.`,
    advice: 'Start it; until then no tick is appended, and windows of quiet cities stay open.',
    retryAfterMs: 500,
    cause,
  });
}
