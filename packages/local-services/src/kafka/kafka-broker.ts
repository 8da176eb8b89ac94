import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { Connection, metadataV12 } from '@platformatic/kafka';
import type { ProcessGuard } from '../process-guard.ts';

const START_TIMEOUT_MS = 120_000;

/** A broker of a local cluster, in a process of its own. */
export interface KafkaBroker {
  readonly id: number;
  readonly host: string;
  readonly port: number;
  /** Where it listens for clients that a proxy forwards; undefined where there is none. */
  readonly proxiedPort: number | undefined;
  /** Where its partitions are. */
  readonly dataDirectory: string;
  /** Whether its process is there, frozen or not. */
  readonly running: boolean;
  /** Ends it as `kill -9` does. */
  kill(): Promise<void>;
  /** Ends it as `kill` does: it hands its leaderships over and closes its files. */
  stop(): Promise<void>;
  /** Stops its processor time (SIGSTOP): connections stay open, and nothing answers. */
  freeze(): void;
  /** Gives it processor time again. */
  resume(): void;
  /** Starts its process over its data, and does not wait until it answers. */
  launch(): Promise<void>;
  /** Resolves when it answers and is part of its cluster. */
  ready(): Promise<void>;
  /** Both. */
  start(): Promise<void>;
}

/** What {@link createKafkaBroker} needs to know. */
export interface KafkaBrokerOptions {
  readonly id: number;
  readonly port: number;
  readonly proxiedPort: number | undefined;
  readonly classPath: string;
  readonly directory: string;
  readonly heapMegabytes: number;
  readonly javaOptions: readonly string[];
}

/** Creates a broker over a formatted directory with its `server.properties`. It is not started. */
export function createKafkaBroker(guard: ProcessGuard, options: KafkaBrokerOptions): KafkaBroker {
  const { id, port, directory } = options;
  const host = '127.0.0.1';
  const output = join(directory, 'output.log');
  let child: ChildProcess | undefined;

  async function end(signal: 'SIGKILL' | 'SIGTERM'): Promise<void> {
    const ending = child;
    if (ending === undefined) return;
    const ended = ending.exitCode === null && ending.signalCode === null ? once(ending, 'close') : undefined;
    ending.kill(signal);
    await ended;
    child = undefined;
    await guard.remove(`broker-${id}`);
  }

  async function launch(): Promise<void> {
    if (child !== undefined) throw new Error(`Broker ${id} runs already`);
    const file = openSync(output, 'a');
    const heap = `-Xmx${options.heapMegabytes}m`;
    const main = ['-cp', options.classPath, 'kafka.Kafka', join(directory, 'server.properties')];
    child = spawn('java', [heap, ...options.javaOptions, ...main], { stdio: ['ignore', file, file] });
    closeSync(file);
    await guard.add(`broker-${id}`, child.pid ?? 0);
  }

  async function ready(): Promise<void> {
    const deadlineMs = performance.now() + START_TIMEOUT_MS;
    while (!(await answersMetadata(host, port, id))) {
      if (
        child === undefined ||
        child.exitCode !== null ||
        child.signalCode !== null ||
        performance.now() > deadlineMs
      ) {
        throw new Error(`Broker ${id} did not start: ${readFileSync(output, 'utf8').slice(-2000)}`);
      }
      await delay(100);
    }
  }

  return {
    id,
    host,
    port,
    proxiedPort: options.proxiedPort,
    dataDirectory: join(directory, 'data'),
    get running() {
      return child !== undefined;
    },
    kill: () => end('SIGKILL'),
    stop: () => end('SIGTERM'),
    freeze: () => void child?.kill('SIGSTOP'),
    resume: () => void child?.kill('SIGCONT'),
    launch,
    ready,
    async start() {
      await launch();
      await ready();
    },
  };
}

/** Whether a broker answers and is part of its cluster. */
async function answersMetadata(host: string, port: number, id: number): Promise<boolean> {
  const connection = new Connection('local-services', { connectTimeout: 1000, requestTimeout: 2000 });
  connection.on('error', () => undefined);
  try {
    await connection.connect(host, port);
    const { brokers } = await metadataV12.api.async(connection, [], false, false);
    return brokers.some(({ nodeId }) => nodeId === id);
  } catch {
    return false;
  } finally {
    await connection.close();
  }
}
