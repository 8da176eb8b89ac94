import { type Runtime, systemRuntime } from '@isotherm/runtime';
import type { Log } from '../log.ts';
import { logMisuse } from '../log-errors.ts';
import { type BrokerAddress, createBrokerConnections } from './broker-connections.ts';
import { type ClusterObjectStore, readClusterObject } from './cluster-object.ts';
import { logPartitionCount } from './kafka-errors.ts';
import { createKafkaLog } from './kafka-log.ts';
import { connectionOptionsOf, type KafkaSecurity } from './kafka-security.ts';
import { createLeaderCalls } from './leader-calls.ts';
import { makeCluster } from './make-cluster.ts';
import { createTopicView } from './topic-view.ts';
import { verifyTopic } from './verify-topic.ts';

/** Options of {@link openKafkaLog}. */
export interface KafkaLogOptions extends KafkaSecurity {
  /** `host:port` of brokers that are asked first for the others. */
  readonly bootstrapServers: readonly string[];
  /** Where the cluster object is: blobs of the checkpoint store. */
  readonly store: ClusterObjectStore;
  readonly topic: {
    /** With `create`, the incarnation is appended to it. Without, the topic of exactly this name, made beforehand. */
    readonly name: string;
    /** Whether the topic is made where there is no log yet. */
    readonly create: boolean;
    /** Copies of each partition. Default 3. */
    readonly replicationFactor?: number;
    /** Copies that hold a record before it is acknowledged. Default 2. */
    readonly minInSyncReplicas?: number;
  };
  /** Of a log that exists it has to be the same. */
  readonly partitionCount: number;
  /** Fixed with a new log; of one that exists, see its own. Default none. */
  readonly settings?: Uint8Array;
  /** Whether a topic that can lose acknowledged records is used all the same. Default no. */
  readonly allowUnsafeTopic?: boolean;
  /** As brokers name this process in their logs and quotas. Default `isotherm`. */
  readonly clientId?: string;
  /** Most bytes that wait to be kept; past it appends are refused with LOG_BUSY. Default 256 MiB. */
  readonly maxPendingBytes?: number;
  /** When a record that is not known to be kept is given up. Default 30 s. */
  readonly deliveryTimeoutMs?: number;
  /** How long a broker that does not answer is waited for. Default 5 s. */
  readonly requestTimeoutMs?: number;
  /** When look-ups and trims that are not answered are given up. Default 30 s. */
  readonly callTimeoutMs?: number;
  /** Default the system's. */
  readonly runtime?: Runtime;
}

const CONNECT_TIMEOUT_MS = 1500;
/** Batches of a partition under way at once. */
const DEPTH = 3;

/**
 * Opens the log on Kafka that the cluster object tells of, or makes one.
 *
 * @throws LOG_NOT_FOUND, LOG_PARTITION_COUNT, LOG_TOPIC_UNSAFE, LOG_TOPIC_REPLACED, LOG_TOPIC_MISSING,
 * LOG_CLUSTER_OBJECT_INVALID, LOG_UNAUTHENTICATED, LOG_UNAVAILABLE
 */
export async function openKafkaLog(options: KafkaLogOptions): Promise<Log> {
  const { runtime = systemRuntime, requestTimeoutMs = 5000, clientId = 'isotherm', callTimeoutMs = 30_000 } = options;
  const timeouts = { connectTimeoutMs: CONNECT_TIMEOUT_MS, requestTimeoutMs };
  const connectionOptions = () => connectionOptionsOf(options, timeouts);
  const newConnections = () => createBrokerConnections({ clientId, connectionOptions });
  const bootstrap = options.bootstrapServers.map(parseAddress);
  const connections = newConnections();
  const { allowUnsafeTopic = false } = options;
  try {
    const cluster =
      (await readClusterObject(options.store)) ??
      (await makeCluster({ connections, runtime }, { ...options, bootstrap, allowUnsafeTopic }));
    if (cluster.partitionCount !== options.partitionCount) {
      throw logPartitionCount(cluster.topic, cluster.partitionCount, options.partitionCount);
    }
    const topic = { name: cluster.topic, id: cluster.topicId };
    const view = createTopicView(connections, { topic, bootstrap, runtime });
    const { maxMessageBytes } = await verifyTopic(
      { connections, view, runtime },
      {
        partitionCount: cluster.partitionCount,
        allowUnsafeTopic,
        timeoutMs: callTimeoutMs,
      },
    );
    const calls = createLeaderCalls({ connections, view, runtime }, { timeoutMs: callTimeoutMs });
    return createKafkaLog({
      cluster,
      view,
      calls,
      runtime,
      connections,
      newConnections,
      appending: {
        depth: DEPTH,
        deliveryTimeoutMs: options.deliveryTimeoutMs ?? 30_000,
        replicationTimeoutMs: Math.max(1, Math.floor(requestTimeoutMs / 2)),
        maxPendingBytes: options.maxPendingBytes ?? 256 << 20,
        maxBatchBytes: maxMessageBytes,
      },
    });
  } catch (error) {
    await connections.close();
    throw error;
  }
}

/** `host:port`; a host with colons stands in brackets. */
function parseAddress(text: string): Pick<BrokerAddress, 'host' | 'port'> {
  const match = /^\[?(.+?)\]?:(\d{1,5})$/.exec(text);
  if (match === null) throw logMisuse(`bootstrapServers holds ${JSON.stringify(text)}, which is not host:port`);
  return { host: match[1]!, port: Number(match[2]) };
}
