import { IsothermError } from '@isotherm/service-kit';
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

const CREATE_TIMEOUT_MS = 30_000;

/** Large enough for a group of 65,536 rows with long identifiers in one partition. */
const MAX_MESSAGE_BYTES = 64 << 20;
const LEAST_MESSAGE_BYTES = 1 << 20;
const LEAST_COPIES = 3;
const LEAST_IN_SYNC = 2;

/** What a topic is like. */
export interface TopicFacts {
  readonly name: string;
  readonly partitionCount: number;
  /** Of the partition with the fewest. */
  readonly replicationFactor: number;
  readonly configs: ReadonlyMap<string, string>;
}

/** A setting of a topic that does not keep the log's promises. */
export interface TopicFault {
  readonly setting: string;
  /** Setting, value, needed value and remedy. */
  readonly sentence: string;
}

interface Rule {
  readonly setting: string;
  readonly needed: string;
  /** A value that will do. */
  readonly remedy: string;
  readonly why: string;
  readonly holds: (value: string) => boolean;
}

const RULES: readonly Rule[] = [
  {
    setting: 'min.insync.replicas',
    needed: `at least ${LEAST_IN_SYNC}`,
    remedy: String(LEAST_IN_SYNC),
    why: 'an acknowledged record would be on one disk only',
    holds: (value) => Number(value) >= LEAST_IN_SYNC,
  },
  {
    setting: 'unclean.leader.election.enable',
    needed: 'false',
    remedy: 'false',
    why: 'a replica without the newest records could become leader and drop them',
    holds: (value) => value === 'false',
  },
  {
    setting: 'retention.ms',
    needed: '-1',
    remedy: '-1',
    why: 'records would be dropped before they are applied',
    holds: (value) => value === '-1',
  },
  {
    setting: 'retention.bytes',
    needed: '-1',
    remedy: '-1',
    why: 'records would be dropped before they are applied',
    holds: (value) => value === '-1',
  },
  {
    setting: 'cleanup.policy',
    needed: 'delete',
    remedy: 'delete',
    why: 'compaction leaves holes in the offsets',
    holds: (value) => value === 'delete',
  },
  {
    setting: 'message.timestamp.type',
    needed: 'LogAppendTime',
    remedy: 'LogAppendTime',
    why: "the log's time would be each writer's own clock",
    holds: (value) => value === 'LogAppendTime',
  },
  {
    setting: 'compression.type',
    needed: 'producer or uncompressed',
    remedy: 'producer',
    why: 'the log reads uncompressed batches only',
    holds: (value) => value === 'producer' || value === 'uncompressed',
  },
  {
    setting: 'max.message.bytes',
    needed: `at least ${LEAST_MESSAGE_BYTES}`,
    remedy: String(MAX_MESSAGE_BYTES),
    why: 'a group of large batches would be refused',
    holds: (value) => Number(value) >= LEAST_MESSAGE_BYTES,
  },
];

/** Every setting of a topic that does not keep the log's promises. */
export function topicFaults(facts: TopicFacts, needed: { readonly partitionCount: number }): readonly TopicFault[] {
  const faults: TopicFault[] = [];
  if (facts.partitionCount !== needed.partitionCount) {
    faults.push({
      setting: 'partitions',
      sentence:
        `Topic ${facts.name} has ${facts.partitionCount} partitions and must have ${needed.partitionCount}, ` +
        'as when the log was made: Kafka does not take partitions away, and those added stay unused.',
    });
  }
  if (facts.replicationFactor < LEAST_COPIES) {
    faults.push({
      setting: 'replication.factor',
      sentence:
        `replication.factor of topic ${facts.name} is ${facts.replicationFactor} and must be at least ${LEAST_COPIES}, ` +
        'for a broker can be lost while another is restarted: reassign its partitions (kafka-reassign-partitions.sh).',
    });
  }
  for (const { setting, needed: wanted, remedy, why, holds } of RULES) {
    const value = facts.configs.get(setting);
    if (value !== undefined && holds(value)) continue;
    faults.push({
      setting,
      sentence:
        `${setting} of topic ${facts.name} is ${value ?? 'unknown'} and must be ${wanted}, or ${why}: ` +
        `kafka-configs.sh --alter --topic ${facts.name} --add-config ${setting}=${remedy}.`,
    });
  }
  return faults;
}

/** A topic that does not keep the log's promises. */
export function logTopicUnsafe(name: string, faults: readonly TopicFault[]): IsothermError {
  return new IsothermError({
    code: 'FAILED_PRECONDITION',
    id: 'LOG_TOPIC_UNSAFE',
    message: faults.map(({ sentence }) => sentence).join(' '),
    advice: 'Set it as said, or pass allowUnsafeTopic where records may be lost, on one machine for a trial say.',
    metadata: { topic: name, setting: faults.map(({ setting }) => setting).join(',') },
  });
}

/** Reads the settings of a topic, as in force: its own, or the brokers' defaults. */
export async function describeTopicConfigs(connection: Connection, name: string): Promise<ReadonlyMap<string, string>> {
  const resource = {
    resourceType: ConfigResourceTypes.TOPIC,
    resourceName: name,
    configurationKeys: RULES.map(({ setting }) => setting),
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
  const configs = RULES.map(({ setting: name, remedy }) => ({
    name,
    value: name === 'min.insync.replicas' ? String(topic.minInSyncReplicas) : remedy,
  }));
  const { name, partitionCount: numPartitions, replicationFactor } = topic;
  const asked = { name, numPartitions, replicationFactor, assignments: [], configs };
  const { topics } = await responseOf(createTopicsV7.api.async(connection, [asked], CREATE_TIMEOUT_MS, false));
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
  await deleteTopicsV6.api.async(connection, [{ topicId }], CREATE_TIMEOUT_MS);
}
