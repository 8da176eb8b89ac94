import type { Runtime } from '@isotherm/runtime';
import { askAnyBroker } from './ask-any-broker.ts';
import type { BrokerAddress, BrokerConnections } from './broker-connections.ts';
import { describeTopic } from './describe-topic.ts';
import { logNotFound, logPartitionCount, logUnavailable } from './kafka-errors.ts';
import { createLeaderCalls } from './leader-calls.ts';
import { KafkaErrorCode, kafkaErrorName } from './protocol/error-codes.ts';
import { createTopicView } from './topic-view.ts';
import { verifyTopic } from './verify-topic.ts';

const TIMEOUT_MS = 30_000;

/** A topic that was made beforehand. */
export interface ExistingTopic {
  readonly name: string;
  readonly partitionCount: number;
  readonly allowUnsafeTopic: boolean;
  readonly bootstrap: readonly Pick<BrokerAddress, 'host' | 'port'>[];
}

/**
 * The id of a topic that never had a record: a log begins at offset 0 of every partition.
 * @throws LOG_NOT_FOUND, LOG_PARTITION_COUNT, LOG_TOPIC_UNSAFE, LOG_UNAVAILABLE
 */
export async function findEmptyTopic(
  deps: { readonly connections: BrokerConnections; readonly runtime: Runtime },
  { name, partitionCount, bootstrap, allowUnsafeTopic }: ExistingTopic,
): Promise<string> {
  const { connections, runtime } = deps;
  const description = await askAnyBroker(connections, {
    brokers: bootstrap,
    ask: (connection) => describeTopic(connection, name),
    otherwise: `No broker knows topic ${name}`,
  });
  const found = description.topics[0];
  if (found === undefined || found.errorCode === KafkaErrorCode.unknownTopicOrPartition) {
    throw logNotFound(name, 'there is no such topic');
  }
  if (found.errorCode !== 0) throw logUnavailable(`Topic ${name}: ${kafkaErrorName(found.errorCode)}`);
  if (found.partitions.length !== partitionCount) {
    throw logPartitionCount(name, found.partitions.length, partitionCount);
  }
  const view = createTopicView(connections, { topic: { name, id: found.topicId }, bootstrap, runtime });
  await verifyTopic({ connections, view, runtime }, { partitionCount, allowUnsafeTopic, timeoutMs: TIMEOUT_MS });
  const calls = createLeaderCalls({ connections, view, runtime }, { timeoutMs: TIMEOUT_MS });
  const extents = await calls.extents(found.partitions.map(({ partitionIndex }) => partitionIndex));
  for (const [partition, { end }] of extents) {
    if (end > 0) throw logNotFound(name, `its partition ${partition} had ${end} records already`);
  }
  return found.topicId;
}
