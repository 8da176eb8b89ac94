import type { Runtime } from '@isotherm/runtime';
import { createIncarnation } from '../incarnation.ts';
import { askAnyBroker } from './ask-any-broker.ts';
import type { BrokerAddress, BrokerConnections } from './broker-connections.ts';
import { type ClusterObject, type ClusterObjectStore, fixClusterObject } from './cluster-object.ts';
import { findEmptyTopic } from './find-empty-topic.ts';
import { createTopic, deleteTopic } from './topic-admin.ts';
import { logTopicUnsafe, newTopicFaults } from './topic-rules.ts';

/** Options of {@link makeCluster}. */
export interface MakeClusterOptions {
  readonly store: ClusterObjectStore;
  readonly bootstrap: readonly Pick<BrokerAddress, 'host' | 'port'>[];
  readonly topic: {
    readonly name: string;
    readonly create: boolean;
    readonly replicationFactor?: number;
    readonly minInSyncReplicas?: number;
  };
  readonly partitionCount: number;
  readonly allowUnsafeTopic: boolean;
  readonly settings?: Uint8Array;
}

/**
 * Makes a new log: a topic, then the cluster object that names it. Of several processes that do so at once one fixes the
 * object, and the others delete the topics that they made, in which nothing can be, and take the one that is named. One
 * that ends in between leaves an empty topic behind.
 *
 * @throws LOG_TOPIC_UNSAFE, LOG_NOT_FOUND, LOG_PARTITION_COUNT, LOG_UNAVAILABLE
 */
export async function makeCluster(
  deps: { readonly connections: BrokerConnections; readonly runtime: Runtime },
  options: MakeClusterOptions,
): Promise<ClusterObject> {
  const { runtime, connections } = deps;
  const { topic, partitionCount, settings = new Uint8Array(), bootstrap: brokers } = options;
  const incarnation = createIncarnation(runtime.now(), Math.floor(runtime.random() * 0x1_0000));
  const name = topic.create ? `${topic.name}-${incarnation}` : topic.name;
  const { replicationFactor = 3, minInSyncReplicas = 2 } = topic;
  const topicId = topic.create ? await create() : await findEmptyTopic(deps, { ...options, name });
  const made = { topic: name, topicId, incarnation, partitionCount, settings };
  const fixed = await fixClusterObject(options.store, made);
  if (topic.create && fixed.topicId !== topicId) {
    const otherwise = `Topic ${name}, which is not needed, could not be deleted`;
    await askAnyBroker(connections, { brokers, ask: (connection) => deleteTopic(connection, topicId), otherwise });
  }
  return fixed;

  function create(): Promise<string> {
    const faults = newTopicFaults({ replicationFactor, minInSyncReplicas });
    if (faults.length > 0 && !options.allowUnsafeTopic) throw logTopicUnsafe(name, faults);
    return askAnyBroker(connections, {
      brokers,
      ask: (connection) => createTopic(connection, { name, partitionCount, replicationFactor, minInSyncReplicas }),
      otherwise: `Topic ${name} could not be made`,
    });
  }
}
