import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdir, mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { findFreePort } from '../free-port.ts';
import { startProcessGuard } from '../process-guard.ts';
import type { KafkaInstallation } from './find-kafka.ts';
import { createKafkaBroker, type KafkaBroker } from './kafka-broker.ts';
import { type KafkaUser, type NodePorts, serverProperties } from './server-properties.ts';

const run = promisify(execFile);
/** Less compilation: a broker of a test lives for seconds. */
const SHORT_LIFE = ['-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1'];

/** Options of {@link startKafka}. */
export interface LocalKafkaOptions {
  /** Nodes, each broker and controller at once. With three, topics have three copies of which two must be in sync. */
  readonly brokers: 1 | 3;
  /** After how much silence a broker counts as dead. Default 9 s, Kafka's own. */
  readonly sessionTimeoutMs?: number;
  /** Memory of each broker's heap. Default 512. */
  readonly heapMegabytes?: number;
  /** Whether brokers are compiled for a long run rather than a quick start. Default no. */
  readonly longRunning?: boolean;
  /** Adds a listener with TLS and SASL (PLAIN, SCRAM-SHA-256, SCRAM-SHA-512). Default none. */
  readonly secure?: { readonly certificatePem: string; readonly keyPem: string; readonly user: KafkaUser };
  /**
   * Ports of this machine at which clients find the brokers, one each, in place of their own: a proxy listens there and
   * forwards to each broker's `proxiedPort`. Default none.
   */
  readonly advertisedPorts?: readonly number[];
  /** More lines of every `server.properties`. Default none. */
  readonly properties?: Readonly<Record<string, string>>;
}

/** A Kafka cluster of processes of this machine, on loopback. It ends with this process. */
export interface KafkaCluster extends AsyncDisposable {
  /** `host:port` of every broker. */
  readonly bootstrap: readonly string[];
  /** The same of the listeners with TLS and SASL; empty where there are none. */
  readonly secureBootstrap: readonly string[];
  readonly brokers: readonly KafkaBroker[];
  /** Runs a program of Kafka's own, `org.apache.kafka.tools.TopicCommand` say. Resolves with what it prints. */
  runTool(mainClass: string, options: readonly string[]): Promise<string>;
  close(): Promise<void>;
}

/** Starts a cluster over a temporary directory. Resolves when every broker answers. */
export async function startKafka(kafka: KafkaInstallation, options: LocalKafkaOptions): Promise<KafkaCluster> {
  const { heapMegabytes = 512, longRunning = false, secure } = options;
  const directory = await mkdtemp(join(tmpdir(), 'isotherm-kafka-'));
  const guard = startProcessGuard(directory, { temporary: true });
  const javaOptions = longRunning ? [] : SHORT_LIFE;
  try {
    const nodes = await choosePorts(options);
    const clusterId = randomBytes(16).toString('base64url');
    const brokers = await Promise.all(
      nodes.map(async (node) => {
        const home = join(directory, `broker-${node.id}`);
        const properties = join(home, 'server.properties');
        await mkdir(home);
        await writeFile(properties, serverProperties(node, { ...options, nodes, dataDirectory: join(home, 'data') }));
        await format(clusterId, properties);
        const { id, port } = node;
        return createKafkaBroker(guard, {
          id,
          port,
          proxiedPort: node.proxied?.port,
          classPath: kafka.classPath,
          directory: home,
          heapMegabytes,
          javaOptions,
        });
      }),
    );
    await Promise.all(brokers.map((broker) => broker.start()));
    return {
      bootstrap: nodes.map(({ port, proxied }) => `127.0.0.1:${proxied?.advertisedPort ?? port}`),
      secureBootstrap: nodes.flatMap(({ securePort }) => (securePort === undefined ? [] : `127.0.0.1:${securePort}`)),
      brokers,
      runTool: (mainClass, toolOptions) => java([mainClass, ...toolOptions]),
      close: () => guard.close(),
      [Symbol.asyncDispose]: () => guard.close(),
    };
  } catch (error) {
    await guard.close();
    throw error;
  }

  async function java(command: readonly string[]): Promise<string> {
    const { stdout } = await run('java', [...SHORT_LIFE, '-cp', kafka.classPath, ...command], { maxBuffer: 64 << 20 });
    return stdout;
  }

  async function format(clusterId: string, properties: string): Promise<void> {
    const scram = (['SCRAM-SHA-256', 'SCRAM-SHA-512'] as const).flatMap((mechanism) =>
      secure === undefined
        ? []
        : ['--add-scram', `${mechanism}=[name=${secure.user.name},password=${secure.user.password}]`],
    );
    await java(['kafka.tools.StorageTool', 'format', `--cluster-id=${clusterId}`, '-c', properties, ...scram]);
  }
}

async function choosePorts({ brokers, secure, advertisedPorts }: LocalKafkaOptions): Promise<readonly NodePorts[]> {
  const nodes: NodePorts[] = [];
  for (let id = 1; id <= brokers; id++) {
    const advertisedPort = advertisedPorts?.[id - 1];
    nodes.push({
      id,
      port: await findFreePort(),
      controllerPort: await findFreePort(),
      ...(secure === undefined ? {} : { securePort: await findFreePort() }),
      ...(advertisedPort === undefined ? {} : { proxied: { advertisedPort, port: await findFreePort() } }),
    });
  }
  return nodes;
}
