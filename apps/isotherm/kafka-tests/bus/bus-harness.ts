import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { findPythonKafka, type KafkaCluster } from '@isotherm/local-services';
import { beforeAll } from 'vitest';

const say = (line: string) => void process.stdout.write(`${line}\n`);
const DESCRIPTORS = fileURLToPath(import.meta.resolve('@isotherm/contracts/descriptor.binpb'));

/** Programs in Python over Confluent's client, which shares no code with the platform. */
export function usePython(): {
  current: (program: string, args: readonly string[], input?: string) => Promise<string>;
} {
  const held = {} as ReturnType<typeof usePython>;
  beforeAll(async () => {
    const found = await findPythonKafka(say);
    if ('missing' in found) throw new Error(found.missing);
    held.current = async (program, args, input = '') => {
      const child = spawn(found.python, [join(import.meta.dirname, 'python', program), ...args], { stdio: 'pipe' });
      const [out, error] = [text(child.stdout), text(child.stderr)];
      child.stdin.end(input);
      const [code] = await once(child, 'close');
      if (code !== 0) throw new Error(`${program} ended with ${code}: ${await error}`);
      return out;
    };
  });
  return held;
}

/** Makes a topic. */
export async function createTopic(kafka: KafkaCluster, topic: string, partitions: number): Promise<void> {
  const where = ['--bootstrap-server', kafka.bootstrap.join(','), '--topic', topic];
  const options = [...where, '--create', '--partitions', String(partitions)];
  await kafka.runTool('org.apache.kafka.tools.TopicCommand', options);
}

/** Produces observations with Confluent's producer and serializers. */
export function produceArgs(
  kafka: KafkaCluster,
  { topic, kind, registryUrl }: { readonly topic: string; readonly kind: string; readonly registryUrl?: string },
): readonly string[] {
  const where = [kafka.bootstrap.join(','), topic, kind];
  return registryUrl === undefined ? where : [...where, registryUrl, DESCRIPTORS];
}

/** Lines of JSON. */
export function jsonLines(rows: readonly unknown[]): string {
  return rows.map((row) => `${JSON.stringify(row)}\n`).join('');
}
