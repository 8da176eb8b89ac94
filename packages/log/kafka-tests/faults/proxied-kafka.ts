import { findFreePort, type KafkaCluster, startTcpProxy, type TcpProxy } from '@isotherm/local-services';
import { alterPartitionReassignmentsV1, Connection, metadataV12 } from '@platformatic/kafka';
import { afterAll, beforeAll } from 'vitest';
import { startCluster } from '../kafka-harness.ts';

/** A cluster of three whose brokers clients reach through proxies, and what can be done to it. */
export interface ProxiedKafka {
  readonly cluster: KafkaCluster;
  /** Of the brokers, in their order. */
  readonly proxies: readonly TcpProxy[];
  /** Brokers that were ended are started, frozen ones resumed, and proxies pass everything. */
  heal(): Promise<void>;
  /** Whether every broker's process is there. */
  isWhole(): boolean;
  /** Every partition is led by the broker after the one that led it. */
  moveLeaders(topic: string): Promise<void>;
  close(): Promise<void>;
}

/** A proxied cluster for the tests of a file, healed after each. */
export function useProxiedKafka(): { current: ProxiedKafka } {
  const held = {} as { current: ProxiedKafka };
  beforeAll(async () => {
    held.current = await startProxiedKafka();
  });
  afterAll(() => held.current?.close());
  return held;
}

async function startProxiedKafka(): Promise<ProxiedKafka> {
  const targets: number[] = [];
  const advertisedPorts = [await findFreePort(), await findFreePort(), await findFreePort()];
  const proxies = await Promise.all(advertisedPorts.map((port, i) => startTcpProxy(port, () => targets[i] ?? 0)));
  const cluster = await startCluster({ brokers: 3, sessionTimeoutMs: 3000, advertisedPorts });
  targets.push(...cluster.brokers.map(({ proxiedPort }) => proxiedPort ?? 0));
  return {
    cluster,
    proxies,
    async heal() {
      for (const proxy of proxies) proxy.heal();
      for (const broker of cluster.brokers) broker.resume();
      for (const broker of cluster.brokers) if (!broker.running) await broker.launch();
      await Promise.all(cluster.brokers.map((broker) => broker.ready()));
    },
    isWhole: () => cluster.brokers.every(({ running }) => running),
    async moveLeaders(topic) {
      const connect = ['--bootstrap-server', cluster.brokers.map(({ port }) => `127.0.0.1:${port}`).join(',')];
      await rotateReplicas(cluster.brokers[0]!.port, topic);
      const elect = ['--election-type', 'preferred', '--all-topic-partitions'];
      await cluster.runTool('org.apache.kafka.tools.LeaderElectionCommand', [...connect, ...elect]);
    },
    async close() {
      await cluster.close();
      for (const proxy of proxies) await proxy.close();
    },
  };
}

/** Makes the second replica of each partition the one that is preferred as its leader. */
async function rotateReplicas(port: number, topic: string): Promise<void> {
  const connection = new Connection('faults');
  try {
    await connection.connect('127.0.0.1', port);
    const { topics } = await metadataV12.api.async(connection, [topic], false, false);
    const partitions = topics[0]!.partitions.map(({ partitionIndex, replicaNodes: [first, ...others] }) => {
      return { partitionIndex, replicas: [...others, first!] };
    });
    await alterPartitionReassignmentsV1.api.async(connection, 30_000, true, [{ name: topic, partitions }]);
  } finally {
    await connection.close();
  }
}
