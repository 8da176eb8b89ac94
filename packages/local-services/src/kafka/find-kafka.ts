import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { cacheDirectory } from '../cache-directory.ts';

/** The version fetched, as in kafka/pom.xml. */
export const KAFKA_VERSION = '4.1.1';

const POM = new URL('../../kafka/pom.xml', import.meta.url).pathname;
const LEAST_JAVA = 17;
const run = promisify(execFile);

/** A Kafka that can be started. */
export interface KafkaInstallation {
  /** Class path of its jars. */
  readonly classPath: string;
}

/** Finds Kafka in the cache, or fetches it from Maven Central (54 MB); or says why there is none. */
export async function findKafka(
  say: (line: string) => void,
): Promise<KafkaInstallation | { readonly missing: string }> {
  const java = await javaVersion();
  if (java === undefined || java < LEAST_JAVA) {
    const found = java === undefined ? 'there is none' : `this is ${java}`;
    return { missing: `Kafka ${KAFKA_VERSION} needs Java ${LEAST_JAVA} or newer on the PATH, and ${found}` };
  }
  const home = join(cacheDirectory(), `kafka-${KAFKA_VERSION}`);
  if (!existsSync(home)) {
    if (!(await answers('mvn', ['-v']))) {
      return { missing: `Kafka ${KAFKA_VERSION} is fetched with Maven, and there is no mvn on the PATH` };
    }
    say(`fetching Kafka ${KAFKA_VERSION} (org.apache.kafka, 54 MB) from Maven Central into ${home}`);
    const reason = await fetchJars(home);
    if (reason !== undefined) return { missing: `Kafka ${KAFKA_VERSION} could not be fetched: ${reason}` };
  }
  return { classPath: join(home, '*') };
}

/** Fetches into a directory that appears whole. @returns why it could not, or undefined */
async function fetchJars(home: string): Promise<string | undefined> {
  const unfinished = `${home}.unfinished-${process.pid}`;
  try {
    await mkdir(unfinished, { recursive: true });
    const goal = ['dependency:copy-dependencies', '-DincludeScope=runtime', `-DoutputDirectory=${unfinished}`];
    await run('mvn', ['-q', '-B', '-f', POM, ...goal], { maxBuffer: 16 << 20 });
    // Somebody else may have been faster: theirs is as good.
    await rename(unfinished, home).catch((error: unknown) => {
      if (!existsSync(home)) throw error;
    });
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message.split('\n').slice(0, 5).join(' ') : String(error);
  } finally {
    await rm(unfinished, { recursive: true, force: true });
  }
}

async function javaVersion(): Promise<number | undefined> {
  try {
    const { stderr } = await run('java', ['-version']);
    const version = /version "(\d+)/.exec(stderr)?.[1];
    return version === undefined ? undefined : Number(version);
  } catch {
    return undefined;
  }
}

async function answers(command: string, options: readonly string[]): Promise<boolean> {
  return run(command, options).then(
    () => true,
    () => false,
  );
}
