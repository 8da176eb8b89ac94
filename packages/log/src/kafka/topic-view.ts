import type { Runtime } from '@isotherm/runtime';
import type { IsothermError } from '@isotherm/service-kit';
import type { Connection } from '@platformatic/kafka';
import { askAnyBroker } from './ask-any-broker.ts';
import type { BrokerAddress, BrokerConnections } from './broker-connections.ts';
import { describeTopic, type TopicDescription } from './describe-topic.ts';
import { logTopicMissing, logTopicReplaced } from './kafka-errors.ts';
import { KafkaErrorCode } from './protocol/error-codes.ts';

/** For how long brokers must say that there is no such topic before they are believed. */
const MISSING_FOR_MS = 5000;

/** The topic of a log: what it is called, and the id that tells it apart from others of that name. */
export interface TopicIdentity {
  readonly name: string;
  /** As brokers print it: a UUID. */
  readonly id: string;
}

/** Options of {@link createTopicView}. */
export interface TopicViewOptions {
  readonly topic: TopicIdentity;
  readonly bootstrap: readonly Pick<BrokerAddress, 'host' | 'port'>[];
  readonly runtime: Runtime;
}

/** Who leads which partition, as brokers last said. Shared by the writer, readers and look-ups of a log. */
export interface TopicView {
  readonly topic: TopicIdentity;
  readonly topicIdBytes: Uint8Array;
  /** As last described; 0 before. */
  readonly partitionCount: number;
  /** Of the partition with the fewest copies; 0 before it was described. */
  readonly replicationFactor: number;
  /** Why there is no such topic any more; undefined while there is. */
  readonly lost: IsothermError | undefined;
  /** The brokers of the cluster, as last told. */
  readonly brokers: readonly BrokerAddress[];
  /** Undefined while there is none. */
  leaderOf(partition: number): BrokerAddress | undefined;
  /** -1 while unknown. */
  leaderEpochOf(partition: number): number;
  /** Asks the brokers. Calls under way are shared. @throws LOG_UNAVAILABLE if none answers */
  refresh(): Promise<void>;
  /** Calls back once, when the topic is found to be lost. @returns how to take that back */
  onLost(callback: (error: IsothermError) => void): () => void;
}

interface Leadership {
  readonly leader: number;
  readonly epoch: number;
}

/** Creates a view that knows nothing yet. */
export function createTopicView(connections: BrokerConnections, options: TopicViewOptions): TopicView {
  const { topic, bootstrap, runtime } = options;
  const leaderships = new Map<number, Leadership>();
  const listeners = new Set<(error: IsothermError) => void>();
  let brokers = new Map<number, BrokerAddress>();
  let partitionCount = 0;
  let replicationFactor = 0;
  let lost: IsothermError | undefined;
  let missingSinceMs: number | undefined;
  let refreshing: Promise<void> | undefined;
  let turn = 0;

  function lose(error: IsothermError): void {
    if (lost !== undefined) return;
    lost = error;
    for (const listener of listeners) listener(error);
  }

  function learn(response: TopicDescription): void {
    if (response.brokers.length > 0) brokers = new Map(response.brokers.map((broker) => [broker.nodeId, broker]));
    const found = response.topics.find(({ name }) => name === topic.name);
    if (found === undefined) return;
    if (found.errorCode === KafkaErrorCode.unknownTopicOrPartition) {
      missingSinceMs ??= runtime.monotonicMs();
      if (runtime.monotonicMs() - missingSinceMs >= MISSING_FOR_MS) lose(logTopicMissing(topic));
      return;
    }
    if (found.errorCode !== 0) return;
    missingSinceMs = undefined;
    if (found.topicId !== topic.id) {
      lose(logTopicReplaced(topic, found.topicId));
      return;
    }
    partitionCount = found.partitions.length;
    replicationFactor = Math.min(...found.partitions.map(({ replicaNodes }) => replicaNodes.length));
    for (const { partitionIndex, leaderId, leaderEpoch } of found.partitions) {
      // A broker that was away may still believe in former leaders.
      if (leaderEpoch < (leaderships.get(partitionIndex)?.epoch ?? -1)) continue;
      leaderships.set(partitionIndex, { leader: leaderId, epoch: leaderEpoch });
    }
  }

  async function ask(): Promise<void> {
    const known = [...brokers.values(), ...bootstrap];
    // Another one first each time: one that hangs is not waited for again and again.
    turn = (turn + 1) % known.length;
    const question = {
      brokers: [...known.slice(turn), ...known.slice(0, turn)],
      ask: (connection: Connection) => describeTopic(connection, topic.name),
      otherwise: 'No broker says who leads the partitions',
    };
    learn(await askAnyBroker(connections, question));
  }

  return {
    topic,
    topicIdBytes: Buffer.from(topic.id.replaceAll('-', ''), 'hex'),
    get partitionCount() {
      return partitionCount;
    },
    get replicationFactor() {
      return replicationFactor;
    },
    get lost() {
      return lost;
    },
    get brokers() {
      return [...brokers.values()];
    },
    leaderOf(partition) {
      const leadership = leaderships.get(partition);
      return leadership === undefined ? undefined : brokers.get(leadership.leader);
    },
    leaderEpochOf: (partition) => leaderships.get(partition)?.epoch ?? -1,
    refresh() {
      refreshing ??= ask().finally(() => {
        refreshing = undefined;
      });
      return refreshing;
    },
    onLost(callback) {
      listeners.add(callback);
      return () => listeners.delete(callback);
    },
  };
}
