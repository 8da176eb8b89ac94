import type { Runtime } from '@isotherm/runtime';
import { askAnyBroker } from './ask-any-broker.ts';
import type { BrokerConnections } from './broker-connections.ts';
import { logUnavailable } from './kafka-errors.ts';
import { describeTopicConfigs } from './topic-admin.ts';
import { logTopicUnsafe, topicFaults } from './topic-rules.ts';
import type { TopicView } from './topic-view.ts';

const LOOK_AGAIN_MS = 100;

/** Options of {@link verifyTopic}. */
export interface VerifyTopicOptions {
  /** What the topic must have. */
  readonly partitionCount: number;
  readonly allowUnsafeTopic: boolean;
  readonly timeoutMs: number;
}

/**
 * Waits until every partition has a leader and checks that the topic keeps the log's promises.
 * @throws LOG_TOPIC_UNSAFE, LOG_TOPIC_REPLACED, LOG_TOPIC_MISSING, LOG_UNAVAILABLE
 */
export async function verifyTopic(
  deps: { readonly connections: BrokerConnections; readonly view: TopicView; readonly runtime: Runtime },
  options: VerifyTopicOptions,
): Promise<{ readonly maxMessageBytes: number }> {
  const { connections, view } = deps;
  const { name } = view.topic;
  await waitForLeaders(deps, options.timeoutMs);
  const configs = await askAnyBroker(connections, {
    brokers: view.brokers,
    ask: (connection) => describeTopicConfigs(connection, name),
    otherwise: `No broker says how topic ${name} is set`,
  });
  const { partitionCount, replicationFactor } = view;
  const faults = topicFaults(
    { name, partitionCount, replicationFactor, configs },
    { partitionCount: options.partitionCount },
  );
  if (faults.length > 0 && !options.allowUnsafeTopic) throw logTopicUnsafe(name, faults);
  return { maxMessageBytes: Number(configs.get('max.message.bytes')) };
}

/** A topic that was just made is not known everywhere, and some of its partitions have no leader yet. */
async function waitForLeaders(
  { view, runtime }: { readonly view: TopicView; readonly runtime: Runtime },
  timeoutMs: number,
): Promise<void> {
  for (const untilMs = runtime.monotonicMs() + timeoutMs; ; await runtime.sleep(LOOK_AGAIN_MS)) {
    await view.refresh();
    if (view.lost !== undefined) throw view.lost;
    const partitions = Array.from({ length: view.partitionCount }, (_, partition) => partition);
    if (partitions.length > 0 && partitions.every((partition) => view.leaderOf(partition) !== undefined)) return;
    if (runtime.monotonicMs() >= untilMs) {
      throw logUnavailable(`Some partitions of topic ${view.topic.name} have no leader`);
    }
  }
}
