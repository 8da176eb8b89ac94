import { IsothermError } from '@isotherm/service-kit';

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

/** A setting of a topic on which the log's promises rest. */
export interface TopicRule {
  readonly setting: string;
  readonly needed: string;
  /** A value that will do. */
  readonly remedy: string;
  readonly why: string;
  readonly holds: (value: string) => boolean;
}

/** All of them, save the number of copies. */
export const TOPIC_RULES: readonly TopicRule[] = [
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
  for (const { setting, needed: wanted, remedy, why, holds } of TOPIC_RULES) {
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

/** What is wrong with how a topic is to be made. */
export function newTopicFaults(planned: {
  readonly replicationFactor: number;
  readonly minInSyncReplicas: number;
}): readonly TopicFault[] {
  const fault = (setting: 'replicationFactor' | 'minInSyncReplicas', least: number, why: string) =>
    planned[setting] >= least
      ? []
      : [
          {
            setting: `topic.${setting}`,
            sentence: `topic.${setting} is ${planned[setting]} and must be at least ${least}, ${why}: raise it.`,
          },
        ];
  return [
    ...fault('replicationFactor', LEAST_COPIES, 'for a broker can be lost while another is restarted'),
    ...fault('minInSyncReplicas', LEAST_IN_SYNC, 'or an acknowledged record would be on one disk only'),
  ];
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
