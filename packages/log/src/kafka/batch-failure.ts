import { logRecordTooLarge, logRefused } from './kafka-errors.ts';
import type { BatchFailure, LaneBatch } from './partition-lane.ts';
import { KafkaErrorCode, kafkaErrorName } from './protocol/error-codes.ts';
import type { ProduceAnswer } from './protocol/produce.ts';
import { batchBytes } from './protocol/record-batch.ts';

/**
 * What an answer that is no success means for a batch.
 *
 * Few errors say that nothing was appended. NOT_LEADER_OR_FOLLOWER, for one, is also what a leader answers that has
 * appended and was deposed while it waited for its followers: the next leader may have the batch.
 */
export function batchFailure(
  answer: ProduceAnswer | undefined,
  { batch, maxBatchBytes }: { readonly batch: Pick<LaneBatch, 'lane' | 'values'>; readonly maxBatchBytes: number },
): BatchFailure {
  if (answer === undefined) return { kind: 'again', perhapsKept: true, reason: 'the broker did not answer for it' };
  const { errorCode, message } = answer;
  const reason = `${kafkaErrorName(errorCode)}${message === undefined ? '' : `: ${message}`}`;
  const { partition } = batch.lane;
  switch (errorCode) {
    case KafkaErrorCode.notEnoughReplicas:
      return { kind: 'again', perhapsKept: false, reason };
    // It is in the log already, at an offset that the broker has forgotten.
    case KafkaErrorCode.duplicateSequence:
      return { kind: 'outOfTurn', perhapsKept: true, reason };
    case KafkaErrorCode.outOfOrderSequence:
    case KafkaErrorCode.invalidProducerEpoch:
    case KafkaErrorCode.unknownProducerId:
    case KafkaErrorCode.producerFenced:
      return { kind: 'outOfTurn', perhapsKept: false, reason };
    case KafkaErrorCode.messageTooLarge:
    case KafkaErrorCode.recordListTooLarge: {
      const error = logRecordTooLarge(partition, batchBytes(batch.values), maxBatchBytes);
      return { kind: 'final', perhapsKept: false, reason, error };
    }
    case KafkaErrorCode.invalidTopic:
    case KafkaErrorCode.invalidRecord:
    case KafkaErrorCode.topicAuthorizationFailed:
    case KafkaErrorCode.clusterAuthorizationFailed:
      return { kind: 'final', perhapsKept: false, reason, error: logRefused(partition, errorCode) };
    default:
      return { kind: 'again', perhapsKept: true, reason };
  }
}
