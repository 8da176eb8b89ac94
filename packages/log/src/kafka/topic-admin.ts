import {
  ConfigResourceTypes,
  type Connection,
  createTopicsV7,
  deleteTopicsV6,
  describeConfigsV4,
} from '@platformatic/kafka';
import { describeTopic } from './describe-topic.ts';
import { KafkaErrorCode, kafkaErrorName } from './protocol/error-codes.ts';
import { responseOf } from './protocol/response-of.ts';
import { TOPIC_RULES } from './topic-rules.ts';

const TIMEOUT_MS = 30_000;

/** Reads the settings of a topic, as in force: its own, or the brokers' defaults. */
export async function describeTopicConfigs(connection: Connection, name: string): Promise<ReadonlyMap<string, string>> {
  const resource = {
    resourceType: ConfigResourceTypes.TOPIC,
    resourceName: name,
    configurationKeys: TOPIC_RULES.map(({ setting }) => setting),
  };
  const { results } = await describeConfigsV4.api.async(connection, [resource], false, false);
  return new Map(results.flatMap(({ configs }) => configs.map(({ name: key, value }) => [key, value ?? ''])));
}

/** A topic to make. */
export interface NewTopic {
  readonly name: string;
  readonly partitionCount: number;
  readonly replicationFactor: number;
  readonly minInSyncReplicas: number;
}

/** Makes a topic with the settings that keep the log's promises. @returns its id */
export async function createTopic(connection: Connection, topic: NewTopic): Promise<string> {
  const configs = TOPIC_RULES.map(({ setting: name, remedy }) => ({
    name,
    value: name === 'min.insync.replicas' ? String(topic.minInSyncReplicas) : remedy,
  }));
  const { name, partitionCount: numPartitions, replicationFactor } = topic;
  const asked = { name, numPartitions, replicationFactor, assignments: [], configs };
  const { topics } = await responseOf(createTopicsV7.api.async(connection, [asked], TIMEOUT_MS, false));
  const made = topics[0];
  // Made by an attempt whose answer was lost: nobody else gives a topic that name.
  if (made?.errorCode === KafkaErrorCode.topicAlreadyExists) return topicIdOf(connection, name);
  if (made?.errorCode !== 0) throw new Error(made?.errorMessage ?? kafkaErrorName(made?.errorCode ?? -1));
  return made.topicId;
}

async function topicIdOf(connection: Connection, name: string): Promise<string> {
  const found = (await describeTopic(connection, name)).topics[0];
  if (found?.errorCode !== 0) throw new Error(kafkaErrorName(found?.errorCode ?? -1));
  return found.topicId;
}

/** Deletes a topic, and never another of its name. */
export async function deleteTopic(connection: Connection, topicId: string): Promise<void> {
  await deleteTopicsV6.api.async(connection, [{ topicId }], TIMEOUT_MS);
}
