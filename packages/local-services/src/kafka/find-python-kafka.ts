import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { cacheDirectory } from '../cache-directory.ts';

/** Confluent's client for Python, with its serializers. */
const PACKAGE = 'confluent-kafka[avro,protobuf,schemaregistry]==2.11.1';
const run = promisify(execFile);

/** A Python that has Confluent's Kafka client: a client that is not ours. From the cache, or fetched from PyPI (40 MB). */
export async function findPythonKafka(
  say: (line: string) => void,
): Promise<{ readonly python: string } | { readonly missing: string }> {
  const home = join(cacheDirectory(), 'python-confluent-kafka-2.11.1');
  const python = join(home, 'bin/python');
  if (existsSync(python)) return { python };
  say(`fetching ${PACKAGE} (40 MB) from PyPI into ${home}`);
  const unfinished = `${home}.unfinished-${process.pid}`;
  try {
    await run('python3', ['-m', 'venv', unfinished]);
    const install = ['-m', 'pip', 'install', '-q', '--disable-pip-version-check', PACKAGE];
    await run(join(unfinished, 'bin/python'), install, { maxBuffer: 16 << 20 });
    // Somebody else may have been faster: theirs is as good. An interpreter finds its packages by where it stands.
    await rename(unfinished, home).catch((error: unknown) => {
      if (!existsSync(python)) throw error;
    });
    return { python };
  } catch (error) {
    const reason = error instanceof Error ? error.message.split('\n').slice(0, 5).join(' ') : String(error);
    return { missing: `${PACKAGE} could not be fetched with python3: ${reason}` };
  } finally {
    await rm(unfinished, { recursive: true, force: true });
  }
}
