import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import { CliError } from '../cli-error.ts';
import { type Header, type ParsedLine, parseHeader, parseReading } from './parse-reading.ts';

/** A longer line is no reading. */
const MAX_LINE_LENGTH = 10_000;

/** A line of a file of readings. */
export type FileLine = ParsedLine & {
  /** From 1; the header is line 1. */
  readonly line: number;
};

/** A CSV file of readings, plain or compressed by gzip, whatever it is called. */
export interface ReadingFile {
  readonly path: string;
  /** Of the file as it lies on the disk, in hexadecimal. */
  readonly sha256: string;
  /** Lines after the header that are not empty, many at a time. Every call reads the file anew. */
  blocks(): AsyncGenerator<readonly FileLine[], void>;
}

/** Opens a file and takes its hash. @throws CliError if it cannot be read, is empty or has the wrong columns. */
export async function openReadingFile(path: string): Promise<ReadingFile> {
  const hash = createHash('sha256');
  const compressed = await guard(path, async () => {
    await pipeline(createReadStream(path), hash);
    const handle = await open(path);
    try {
      const { buffer } = await handle.read(Buffer.alloc(2), 0, 2, 0);
      return buffer[0] === 0x1f && buffer[1] === 0x8b;
    } finally {
      await handle.close();
    }
  });
  const file: ReadingFile = {
    path,
    sha256: hash.digest('hex'),
    async *blocks() {
      let header: Header | undefined;
      let line = 0;
      for await (const texts of textBlocks(path, compressed)) {
        const block: FileLine[] = [];
        for (const text of texts) {
          line += 1;
          if (header === undefined) header = parseHeader(text, path);
          else if (text.length > MAX_LINE_LENGTH) {
            block.push({ line, kind: 'problem', reason: `${text.length} characters long` });
          } else if (text.trim() !== '') block.push({ line, ...parseReading(text, header) });
        }
        yield block;
      }
      if (header === undefined) throw new CliError(`${path} is empty.`);
    },
  };
  for await (const _ of file.blocks()) break;
  return file;
}

/** Lines without their ends, as many as a read brings; a byte order mark is dropped, and so is the carriage return of CRLF. */
async function* textBlocks(path: string, compressed: boolean): AsyncGenerator<readonly string[], void> {
  const decoder = new TextDecoder('utf-8');
  const source = createReadStream(path);
  const stream = compressed
    ? source.pipe(createGunzip())
    : source.pipe(new Transform({ transform: (chunk, _, done) => done(null, chunk) }));
  source.on('error', (error) => stream.destroy(error));
  let rest = '';
  try {
    for await (const chunk of stream) {
      const lines = (rest + decoder.decode(chunk as Buffer, { stream: true })).split('\n');
      rest = lines.pop() ?? '';
      yield lines.map(withoutReturn);
    }
  } catch (error) {
    throw unreadable(path, error);
  } finally {
    stream.destroy();
    source.destroy();
  }
  rest += decoder.decode();
  if (rest !== '') yield [withoutReturn(rest)];
}

function withoutReturn(line: string): string {
  return line.endsWith('\r') ? line.slice(0, -1) : line;
}

async function guard<T>(path: string, read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (error) {
    throw unreadable(path, error);
  }
}

function unreadable(path: string, error: unknown): CliError {
  if (error instanceof CliError) return error;
  const code = (error as NodeJS.ErrnoException).code ?? '';
  const reason =
    {
      ENOENT: 'there is no such file',
      EACCES: 'it may not be read',
      EISDIR: 'it is a directory',
      Z_DATA_ERROR: 'its gzip data is damaged',
      Z_BUF_ERROR: 'its gzip data ends too early',
    }[code] ?? (error as Error).message;
  return new CliError(`Cannot read ${path}: ${reason}.`, { cause: error });
}
