import { IsothermError } from '@isotherm/service-kit';
import { kafkaErrorName } from './protocol/error-codes.ts';
import type { TopicIdentity } from './topic-view.ts';

/** Brokers did not do what was asked in time. */
export function logUnavailable(what: string, cause?: unknown): IsothermError {
  return new IsothermError({
    code: 'UNAVAILABLE',
    id: 'LOG_UNAVAILABLE',
    message: `${what}${cause === undefined ? '' : ` (${causeText(cause)})`}.`,
    advice: 'Check that the Kafka brokers are up and reachable; the call can be repeated.',
    retryAfterMs: 1000,
    cause,
  });
}

/** The brokers do not take this client. */
export function logUnauthenticated(cause: unknown): IsothermError {
  return new IsothermError({
    code: 'UNAUTHENTICATED',
    id: 'LOG_UNAUTHENTICATED',
    message: `The Kafka brokers do not take this client (${causeText(cause)}).`,
    advice: 'Check the SASL mechanism, the user name and the password file of the Kafka connection.',
    metadata: { setting: 'sasl' },
    cause,
  });
}

/** A record was sent, and no broker said in time what became of it. */
export function logOutcomeUnknown(partition: number, reason: string): IsothermError {
  return new IsothermError({
    code: 'UNAVAILABLE',
    id: 'LOG_OUTCOME_UNKNOWN',
    message: `Whether partition ${partition} of the log keeps the record is not known (${reason}).`,
    advice: 'Send the whole batch again under the same sequence: it counts once.',
    retryAfterMs: 1000,
    metadata: { partition: String(partition) },
  });
}

/** A record was not appended. */
export function logNotKept(partition: number, reason: string): IsothermError {
  return new IsothermError({
    code: 'UNAVAILABLE',
    id: 'LOG_NOT_KEPT',
    message: `Partition ${partition} of the log did not take the record (${reason}).`,
    advice: 'Send the whole batch again under the same sequence.',
    retryAfterMs: 1000,
    metadata: { partition: String(partition) },
  });
}

/** A record is larger than the topic allows. */
export function logRecordTooLarge(partition: number, bytes: number, maxBytes: number): IsothermError {
  return new IsothermError({
    code: 'INVALID_ARGUMENT',
    id: 'LOG_RECORD_TOO_LARGE',
    message: `A record of ${bytes} bytes exceeds max.message.bytes (${maxBytes}) of the topic; partition ${partition} did not take it.`,
    advice: 'Send smaller batches, or raise max.message.bytes of the topic.',
    metadata: { setting: 'max.message.bytes', partition: String(partition), maxBytes: String(maxBytes) },
  });
}

/** A broker refused a record for a reason that a retry does not change. */
export function logRefused(partition: number, errorCode: number): IsothermError {
  return new IsothermError({
    code: 'FAILED_PRECONDITION',
    id: 'LOG_REFUSED',
    message: `The broker refused what was asked of partition ${partition} of the log: ${kafkaErrorName(errorCode)}.`,
    advice: 'Check the rights of this client on the topic (Read, Write, Describe), and its settings.',
    metadata: { partition: String(partition), error: kafkaErrorName(errorCode) },
  });
}

/** A partition gives offsets again that it had given before: records that were kept are gone. */
export function logWentBack(partition: number, offset: number, expected: number): IsothermError {
  return new IsothermError({
    code: 'DATA_LOSS',
    id: 'LOG_WENT_BACK',
    message: `Partition ${partition} of the log put a record at offset ${offset}, though it had kept records before ${expected}: it lost some.`,
    advice: 'The partition takes no more records. Find out which replicas lost data before anything else is done.',
    metadata: { partition: String(partition), offset: String(offset), expected: String(expected) },
  });
}

/** What a broker gives out from an offset on is not a batch. */
export function logDamaged(partition: number, offset: number): IsothermError {
  return new IsothermError({
    code: 'DATA_LOSS',
    id: 'LOG_DAMAGED',
    message: `Partition ${partition} of the log cannot be read from offset ${offset} on: what the broker gives out is no batch.`,
    advice: "Look at the disk of the partition's leader; another replica may have the records whole.",
    metadata: { partition: String(partition), offset: String(offset) },
  });
}

/** There is no cluster object, and none is to be made. */
export function logNotFound(topic: string, problem: string): IsothermError {
  return new IsothermError({
    code: 'NOT_FOUND',
    id: 'LOG_NOT_FOUND',
    message: `There is no log on Kafka yet, and it cannot begin in topic ${topic}: ${problem}.`,
    advice: 'Make an empty topic of that name, or set topic.create, so that one is made with the settings it needs.',
    metadata: { setting: 'topic.create', topic },
  });
}

/** The partition count is another than the log's. */
export function logPartitionCount(topic: string, found: number, wanted: number): IsothermError {
  return new IsothermError({
    code: 'FAILED_PRECONDITION',
    id: 'LOG_PARTITION_COUNT',
    message: `The log in topic ${topic} has ${found} partitions, not ${wanted}: the count is fixed when a log is made.`,
    advice: `Set the partition count to ${found}, and leave the topic's as it is.`,
    metadata: { setting: 'partitions', found: String(found), wanted: String(wanted) },
  });
}

/** The topic was deleted, and another of its name stands in its place. */
export function logTopicReplaced(topic: TopicIdentity, foundId: string): IsothermError {
  return new IsothermError({
    code: 'FAILED_PRECONDITION',
    id: 'LOG_TOPIC_REPLACED',
    message: `Topic ${topic.name} is not the one this log was made in: its id was ${topic.id} and is now ${foundId}.`,
    advice: TOPIC_ADVICE,
    metadata: { topic: topic.name, topicId: topic.id, foundId },
  });
}

/** The topic does not exist any more. */
export function logTopicMissing(topic: TopicIdentity): IsothermError {
  return new IsothermError({
    code: 'FAILED_PRECONDITION',
    id: 'LOG_TOPIC_MISSING',
    message: `Topic ${topic.name} (id ${topic.id}), in which this log was made, does not exist on these brokers.`,
    advice: TOPIC_ADVICE,
    metadata: { topic: topic.name, topicId: topic.id },
  });
}

const TOPIC_ADVICE =
  'Check that the brokers are the right ones. If the topic is gone for good, start a new log under another name: nothing is reset by itself.';

function causeText(cause: unknown): string {
  const said: string[] = [];
  for (
    let error = cause;
    error !== undefined && said.length < 5;
    error = error instanceof Error ? error.cause : undefined
  ) {
    said.push(error instanceof Error ? error.message : String(error));
  }
  return said.join(': ');
}
